#pragma once

#include <caf/actor_control_block.hpp>

#include <array>
#include <atomic>
#include <cstddef>

/// Hazard pointers for stable handles: a sender protects the incarnation it is
/// about to enqueue to, without touching a shared reference count; whoever
/// replaces the incarnation drops its reference only when no sender protects
/// it. The fence that senders would need is moved to the (rare) reclaiming
/// side by membarrier(2), so protecting costs two plain stores.
///
/// Source: M. Michael, "Hazard Pointers" (IEEE TPDS 2004); asymmetric fences as
/// in P1202.
namespace actors::hazard {

/// The pointers that one thread protects; nested enqueues use one each.
struct record {
  static constexpr size_t depth_limit = 4;
  std::array<std::atomic<const void*>, depth_limit> protects{};
  size_t depth = 0;
  std::atomic<bool> taken{false};
  record* next = nullptr;
};

extern constinit thread_local record* mine;

/// This thread's record; given back when the thread ends.
record* acquire_record();

/// False on a kernel without membarrier: then senders fence themselves.
extern const bool has_membarrier;

/// Orders the store of a hazard before the load that validates it.
inline void light_fence() {
  if (has_membarrier)
    std::atomic_signal_fence(std::memory_order_seq_cst);
  else
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

/// Keeps what `source` points to alive for as long as the guard lives.
template <class T>
class guard {
public:
  explicit guard(const std::atomic<T*>& source)
    : record_{mine ? mine : acquire_record()} {
    if (record_->depth == record::depth_limit) {
      record_ = nullptr;
      return;
    }
    auto& hazard = record_->protects[record_->depth++];
    do {
      object_ = source.load(std::memory_order_acquire);
      hazard.store(object_, std::memory_order_release);
      light_fence();
    } while (object_ != source.load(std::memory_order_acquire));
  }

  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;

  ~guard() {
    if (record_)
      record_->protects[--record_->depth].store(nullptr,
                                                std::memory_order_release);
  }

  /// False when too many guards are nested: take another way.
  bool usable() const { return record_ != nullptr; }

  T* get() const { return object_; }

private:
  record* record_;
  T* object_ = nullptr;
};

/// Drops the reference once no thread protects it. Up to `batch` references
/// wait for the next call, so that a restart pays the membarrier seldom.
void retire(caf::strong_actor_ptr ptr);

inline constexpr size_t batch = 8;

/// Drops all that can be dropped now. To be called when supervision ends,
/// since references must not outlive their actor system.
void drain();

} // namespace actors::hazard
