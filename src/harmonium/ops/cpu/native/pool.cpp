// A pool whose threads spin for a moment after each piece of work, since the next one usually follows within
// microseconds, and then sleep, since the machine may belong to others too.
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include <atomic>
#include <new>

#include "kernels.h"

namespace harmonium {

namespace {

constexpr int kScratch = 8;
constexpr int64_t kSpin = 60'000;   // nanoseconds

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

}  // namespace

// `next` holds the number of the region in its upper half and the next task's index in its lower half. A thread takes
// a task by compare-and-swap on both: where that succeeds the region cannot have ended in between, so the task and
// context that it read before belong to it.
struct Pool {
  int threads = 1;
  pthread_t *workers = nullptr;
  alignas(64) std::atomic<uint64_t> next{0};
  std::atomic<void (*)(void *, int64_t)> task{nullptr};
  std::atomic<void *> context{nullptr};
  std::atomic<uint32_t> count{0};
  alignas(64) std::atomic<uint32_t> done{0};
  alignas(64) std::atomic<int> sleeping{0};
  std::atomic<int> waiting{0};
  std::atomic<bool> stop{false};
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_t region = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t work = PTHREAD_COND_INITIALIZER;
  pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
  void *memory[kScratch] = {};
  size_t bytes[kScratch] = {};
};

namespace {

// Takes tasks of the region that is open, until there are none left.
void help(Pool *pool) {
  uint64_t word = pool->next.load(std::memory_order_acquire);
  while (true) {
    auto task = pool->task.load(std::memory_order_relaxed);
    void *context = pool->context.load(std::memory_order_relaxed);
    const uint32_t count = pool->count.load(std::memory_order_acquire);
    const uint32_t index = static_cast<uint32_t>(word);
    if (index >= count) return;
    if (!pool->next.compare_exchange_weak(word, word + 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    task(context, index);
    const uint32_t finished = pool->done.fetch_add(1, std::memory_order_seq_cst) + 1;
    if (finished == count && pool->waiting.load(std::memory_order_seq_cst)) {
      pthread_mutex_lock(&pool->mutex);
      pthread_cond_signal(&pool->finished);
      pthread_mutex_unlock(&pool->mutex);
    }
    word = pool->next.load(std::memory_order_acquire);
  }
}

void *worker(void *argument) {
  Pool *pool = static_cast<Pool *>(argument);
  uint32_t seen = 0;
  while (true) {
    const int64_t until = now() + kSpin;
    int turns = 0;
    while (static_cast<uint32_t>(pool->next.load(std::memory_order_acquire) >> 32) == seen &&
           !pool->stop.load(std::memory_order_relaxed)) {
      relax();
      if (++turns % 64 || now() < until) continue;
      pthread_mutex_lock(&pool->mutex);
      pool->sleeping.fetch_add(1, std::memory_order_seq_cst);
      while (static_cast<uint32_t>(pool->next.load(std::memory_order_seq_cst) >> 32) == seen && !pool->stop.load())
        pthread_cond_wait(&pool->work, &pool->mutex);
      pool->sleeping.fetch_sub(1, std::memory_order_seq_cst);
      pthread_mutex_unlock(&pool->mutex);
    }
    if (pool->stop.load()) return nullptr;
    seen = static_cast<uint32_t>(pool->next.load(std::memory_order_acquire) >> 32);
    help(pool);
  }
}

}  // namespace

void run(Pool *pool, void (*task)(void *, int64_t), void *context, int64_t count) {
  if (pool->threads == 1 || count <= 1) {
    for (int64_t index = 0; index < count; index++) task(context, index);
    return;
  }
  // Closing the old region first keeps late threads from taking a task that is half old and half new.
  const uint64_t region = (pool->next.load(std::memory_order_relaxed) >> 32) + 1;
  pool->next.store(((region - 1) << 32) | 0xFFFFFFFFu, std::memory_order_seq_cst);
  pool->done.store(0, std::memory_order_relaxed);
  pool->task.store(task, std::memory_order_relaxed);
  pool->context.store(context, std::memory_order_relaxed);
  pool->count.store(static_cast<uint32_t>(count), std::memory_order_release);
  pool->next.store(region << 32, std::memory_order_seq_cst);
  if (pool->sleeping.load(std::memory_order_seq_cst)) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
  }
  help(pool);
  const uint32_t all = static_cast<uint32_t>(count);
  if (pool->done.load(std::memory_order_acquire) == all) return;
  const int64_t until = now() + kSpin;
  while (pool->done.load(std::memory_order_acquire) != all) {
    for (int turn = 0; turn < 64; turn++) relax();
    if (now() < until) continue;
    pthread_mutex_lock(&pool->mutex);
    pool->waiting.store(1, std::memory_order_seq_cst);
    while (pool->done.load(std::memory_order_seq_cst) != all) pthread_cond_wait(&pool->finished, &pool->mutex);
    pool->waiting.store(0, std::memory_order_relaxed);
    pthread_mutex_unlock(&pool->mutex);
  }
}

void *scratch(Pool *pool, int slot, size_t bytes) {
  if (pool->bytes[slot] < bytes) {
    free(pool->memory[slot]);
    pool->bytes[slot] = (bytes + bytes / 4 + 4095) / 4096 * 4096;
    pool->memory[slot] = aligned_alloc(64, pool->bytes[slot]);
    if (!pool->memory[slot]) abort();
  }
  return pool->memory[slot];
}

int threads(const Pool *pool) { return pool->threads; }

}  // namespace harmonium

using harmonium::Pool;

// Each pool serves one caller at a time; `harmonium_lock` is held around every kernel.
#pragma GCC visibility push(default)
extern "C" {

Pool *harmonium_pool(int threads) {
  Pool *pool = new (std::align_val_t(64)) Pool;
  pool->workers = new pthread_t[threads > 1 ? threads - 1 : 1];
  for (int index = 1; index < threads; index++) {
    if (pthread_create(&pool->workers[index - 1], nullptr, harmonium::worker, pool)) break;
    pool->threads++;
  }
  return pool;
}

void harmonium_pool_free(Pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  pool->stop.store(true);
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
  for (int index = 1; index < pool->threads; index++) pthread_join(pool->workers[index - 1], nullptr);
  for (void *memory : pool->memory) free(memory);
  delete[] pool->workers;
  pool->~Pool();
  operator delete(pool, std::align_val_t(64));
}

void harmonium_lock(Pool *pool) { pthread_mutex_lock(&pool->region); }
void harmonium_unlock(Pool *pool) { pthread_mutex_unlock(&pool->region); }

}
#pragma GCC visibility pop
