#!/bin/sh
# LobeChat with its database in the browser, from npm alone: sh tests/lobechat/install.sh FOLDER
# Takes about 3 GB of disk and 1.2 GB of memory. What is there already is not made again.
set -eu
version=1.143.3
folder=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$folder"
if [ ! -x tools/node_modules/.bin/pnpm ]; then
  npm install --no-audit --no-fund --silent --prefix tools pnpm@10.18.3 playwright-core@1.56.1
fi
if [ ! -d app ]; then
  npm pack --silent "@lobehub/chat@$version"
  tar xzf "lobehub-chat-$version.tgz"
  mv package app
fi
cd app
# The package lacks the repository's own settings of pnpm, which say what Next must find at the top.
printf '%s\n' resolution-mode=highest enable-pre-post-scripts=true 'public-hoist-pattern[]=*postcss*' \
  'public-hoist-pattern[]=@auth/core' 'public-hoist-pattern[]=@clerk/backend' 'public-hoist-pattern[]=@clerk/types' > .npmrc
printf '%s\n' packages: '  - "packages/**"' '  - "."' '  - "!apps/**"' > pnpm-workspace.yaml
# xlsx comes from its author's own host, newer parts of serwist do not fit together, and what only LobeChat's own
# continuous integration needs is left out.
node - <<'JS'
const fs = require("fs");
const file = JSON.parse(fs.readFileSync("package.json"));
const pinned = file.pnpm.overrides;
pinned.xlsx = "0.18.5";
for (const name of ["serwist", "@serwist/next", "@serwist/utils", "@serwist/webpack-plugin", "@serwist/window", "@serwist/build"])
  pinned[name] = "9.2.1";
delete file.scripts.prepare;
for (const name of Object.keys(file.devDependencies))
  if (/eslint|stylelint|semantic-release|commitlint|dbdocs|drizzle-kit|playwright|husky|lint-staged|prettier|remark|vitest|i18n|dpdm|happy-dom|fake-indexeddb|lighthouse/.test(name))
    delete file.devDependencies[name];
fs.writeFileSync("package.json", JSON.stringify(file, null, 2));
JS
if [ ! -d node_modules/next ]; then
  CI=1 ../tools/node_modules/.bin/pnpm install --no-frozen-lockfile
fi
# The browser's database comes from a public host otherwise.
mkdir -p public/pglite
cp node_modules/@electric-sql/pglite/dist/postgres.wasm node_modules/@electric-sql/pglite/dist/postgres.data \
  node_modules/@electric-sql/pglite/dist/vector.tar.gz public/pglite/
sed -i -E 's#https?://[^"'"'"'`]*/(postgres\.wasm|postgres\.data|vector\.tar\.gz)#http://localhost:3010/pglite/\1#g' \
  packages/database/src/client/db.ts
grep -n "pglite/" packages/database/src/client/db.ts
