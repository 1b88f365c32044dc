// Builds the page: `node build.mjs [FOLDER]`, by default into the package, where the result is committed.

import { build } from "esbuild";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

const here = import.meta.dirname;
const out = process.argv[2] ?? join(here, "../src/harmonium/server/page/files");
mkdirSync(out, { recursive: true });

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none", // licenses.txt has them whole
  metafile: true,
});

// The licence of every package that has a part in the bundle.
const packages = new Set();
for (const [, name] of Object.keys(metafile.inputs).join("\n").matchAll(/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//g))
  packages.add(name);
const licenses = [...packages].sort().map((name) => {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (!file) throw new Error(`${name} has no licence file in ${relative(here, folder)}`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
});
const title = "Libraries in the page of Harmonium, with their licences.\n";
writeFileSync(join(out, "licenses.txt"), [title, ...licenses].join(`\n${"-".repeat(80)}\n\n`));

for (const name of ["index.html", "icon.svg"]) cpSync(join(here, "src", name), join(out, name));
