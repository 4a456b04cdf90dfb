#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace actors {

/// A counter that a child advances inside long work, so that its supervisor
/// sees that it lives although it does not look at its mailbox. Copies share
/// the counter. Any thread; an advance is one store to memory of the child's
/// own, a default-constructed mark does nothing.
///
/// For a child in another process the counter lies in a page that both map: it
/// can be read while all threads of the child compute, and costs neither a
/// thread nor a message when nobody looks.
class progress_mark {
public:
  progress_mark() = default;

  /// One that is seen in this process only.
  static progress_mark local();

  /// One whose `fd` can be given to another process; does nothing (and has no
  /// fd) if the kernel grants no memory.
  static progress_mark shared();

  /// The other end of `shared`, in the process that was given `fd`, which it
  /// takes over. Does nothing if the descriptor is not such a page.
  static progress_mark from(int fd);

  /// One writer at a time.
  void advance() noexcept {
    if (counter_)
      counter_->store(counter_->load(std::memory_order_relaxed) + 1,
                      std::memory_order_relaxed);
  }

  uint64_t value() const noexcept {
    return counter_ ? counter_->load(std::memory_order_relaxed) : 0;
  }

  /// Whether it does anything.
  explicit operator bool() const noexcept { return counter_ != nullptr; }

  /// Of the shared page; -1 if there is none.
  int fd() const noexcept { return fd_; }

private:
  std::shared_ptr<std::atomic<uint64_t>> counter_;
  int fd_ = -1;
};

} // namespace actors
