#include <actors/supervision/hazard.hpp>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace actors::hazard {

namespace {

bool register_membarrier() {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0,
                 0)
         == 0;
}

std::atomic<record*> records{nullptr};

record* take_free_record() {
  for (auto r = records.load(); r; r = r->next)
    if (!r->taken.exchange(true))
      return r;
  return nullptr;
}

record* add_record() {
  // Never deleted: as many as there were threads at once.
  auto r = new record;
  r->taken = true;
  r->next = records.load();
  while (!records.compare_exchange_weak(r->next, r)) {
  }
  return r;
}

struct owner {
  ~owner() {
    if (mine)
      mine->taken.store(false, std::memory_order_release);
    mine = nullptr;
  }
};

} // namespace

constinit thread_local record* mine = nullptr;

const bool has_membarrier = register_membarrier();

record* acquire_record() {
  thread_local owner at_thread_end;
  static_cast<void>(at_thread_end);
  auto r = take_free_record();
  mine = r ? r : add_record();
  return mine;
}

void heavy_fence() {
  if (has_membarrier)
    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  else
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

bool protected_by_others(const void* object) {
  for (auto r = records.load(); r; r = r->next)
    if (r != mine)
      for (auto& x : r->protects)
        if (x.load(std::memory_order_acquire) == object)
          return true;
  return false;
}

std::vector<const void*> all_protected() {
  std::vector<const void*> result;
  for (auto r = records.load(); r; r = r->next)
    for (auto& x : r->protects)
      if (auto object = x.load(std::memory_order_acquire))
        result.push_back(object);
  std::sort(result.begin(), result.end());
  return result;
}

} // namespace actors::hazard
