#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

/// Hazard pointers for stable handles: a sender protects the incarnation it is
/// about to enqueue to, without touching a shared reference count; whoever
/// replaces the incarnation drops its reference only when no sender protects
/// it. Nothing here knows CAF.
///
/// The fence that senders would need is moved to the (rare) reclaiming side by
/// membarrier(2), so protecting costs two plain stores. Why that is enough: a
/// reader stores its hazard H and then loads the source S again; a reclaimer
/// has stored S before it calls membarrier, and reads H after it. membarrier
/// puts a full fence into every running thread somewhere between call and
/// return (a thread that does not run has passed one in its context switch).
/// If the reader's fence falls after its store of H, the reclaimer sees H; if
/// before, the reader's load of S comes after it and sees the new value, so
/// that the reader tries again. The compiler is kept from swapping the two by
/// a signal fence. The same holds on ARM, where the plain loads and stores
/// could else be reordered; clearing H is a release, so that what was done to
/// the object happens before its end.
///
/// Source: M. Michael, "Hazard Pointers" (IEEE TPDS 2004); asymmetric fences as
/// in P1202.
namespace actors::hazard {

/// The pointers that one thread protects; nested enqueues use one each.
struct record {
  static constexpr size_t depth_limit = 4;
  std::array<std::atomic<const void*>, depth_limit> protects{}; ///< null: free
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

/// The other side of `light_fence`: a full fence in every thread.
void heavy_fence();

/// What any thread protects now, sorted.
std::vector<const void*> all_protected();

/// Whether a thread other than this one protects `object`.
bool protected_by_others(const void* object);

/// Keeps what `source` points to alive for as long as the guard lives.
template <class T>
class guard {
public:
  explicit guard(const std::atomic<T*>& source) : hazard_{free_hazard()} {
    if (!hazard_) [[unlikely]]
      return;
    object_ = source.load(std::memory_order_acquire);
    for (;;) {
      hazard_->store(object_, std::memory_order_release);
      light_fence();
      auto again = source.load(std::memory_order_acquire);
      if (again == object_) [[likely]]
        return;
      object_ = again;
    }
  }

  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;

  ~guard() {
    if (hazard_)
      hazard_->store(nullptr, std::memory_order_release);
  }

  /// False when too many guards are nested: take another way.
  bool usable() const { return hazard_ != nullptr; }

  T* get() const { return object_; }

private:
  using hazard = std::atomic<const void*>;

  /// One that protects nothing counts as free; its guard, if any, lives longer
  /// than the one that takes it, and does nothing but set it to null again.
  static hazard* free_hazard() {
    auto* r = mine;
    if (!r) [[unlikely]]
      r = acquire_record();
    for (auto& x : r->protects)
      if (!x.load(std::memory_order_relaxed)) [[likely]]
        return &x;
    return nullptr;
  }

  hazard* hazard_;
  T* object_ = nullptr;
};

/// References that wait until no thread protects what they refer to. `Owner`
/// is a smart pointer; `AddressOf` tells the address that guards protect.
/// Thread safe.
template <class Owner, class AddressOf>
class retire_list {
public:
  /// Keeps a reference until a later `drain`. The object must have been
  /// unlinked: no new guard can find it.
  void add(Owner x) {
    std::lock_guard lock{mutex_};
    waiting_.push_back(std::move(x));
    size_.store(waiting_.size(), std::memory_order_relaxed);
  }

  /// How many references wait; a hint.
  size_t size() const { return size_.load(std::memory_order_relaxed); }

  /// Drops all references that can be dropped now, in this thread.
  /// Cost: a membarrier, some microseconds.
  void drain() {
    std::vector<Owner> candidates;
    {
      std::lock_guard lock{mutex_};
      candidates.swap(waiting_);
      size_.store(0, std::memory_order_relaxed);
    }
    if (candidates.empty())
      return;
    heavy_fence();
    const auto held = all_protected();
    auto free_from =
      std::partition(candidates.begin(), candidates.end(), [&](const Owner& x) {
        const void* address = AddressOf{}(x);
        return std::binary_search(held.begin(), held.end(), address);
      });
    if (free_from != candidates.begin()) {
      std::lock_guard lock{mutex_};
      waiting_.insert(waiting_.end(),
                      std::make_move_iterator(candidates.begin()),
                      std::make_move_iterator(free_from));
      size_.store(waiting_.size(), std::memory_order_relaxed);
    }
    // The rest goes with `candidates`, outside the lock.
  }

private:
  std::mutex mutex_;
  std::vector<Owner> waiting_;
  std::atomic<size_t> size_{0};
};

} // namespace actors::hazard
