#include <actors/supervision/hazard.hpp>

#include <algorithm>
#include <linux/membarrier.h>
#include <mutex>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

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

bool is_protected(const void* object) {
  for (auto r = records.load(); r; r = r->next)
    for (auto& x : r->protects)
      if (x.load(std::memory_order_acquire) == object)
        return true;
  return false;
}

std::mutex retired_mutex;

std::vector<caf::strong_actor_ptr>& retired() {
  static std::vector<caf::strong_actor_ptr> list;
  return list;
}

std::vector<caf::strong_actor_ptr> take_retired() {
  std::vector<caf::strong_actor_ptr> taken;
  std::lock_guard guard{retired_mutex};
  taken.swap(retired());
  return taken;
}

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

void retire(caf::strong_actor_ptr ptr) {
  if (!ptr)
    return;
  {
    std::lock_guard guard{retired_mutex};
    retired().push_back(std::move(ptr));
    if (retired().size() < batch)
      return;
  }
  drain();
}

void drain() {
  auto candidates = take_retired();
  if (has_membarrier)
    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  else
    std::atomic_thread_fence(std::memory_order_seq_cst);
  auto free_from =
    std::partition(candidates.begin(), candidates.end(), [](const auto& x) {
      return is_protected(caf::actor_cast<caf::abstract_actor*>(x));
    });
  {
    std::lock_guard guard{retired_mutex};
    retired().insert(retired().end(), candidates.begin(), free_from);
  }
  // The rest goes with `candidates`, outside the lock.
}

} // namespace actors::hazard
