#include <roles/storage/io_worker.hpp>

namespace roles {

io_worker::~io_worker() {
  {
    std::lock_guard guard{mutex_};
    closing_ = true;
  }
  posted_.notify_one();
  thread_.join();
}

void io_worker::post(std::function<void()> job) {
  {
    std::lock_guard guard{mutex_};
    jobs_.push_back(std::move(job));
  }
  posted_.notify_one();
}

void io_worker::run() {
  std::unique_lock guard{mutex_};
  for (;;) {
    posted_.wait(guard, [this] { return closing_ || !jobs_.empty(); });
    if (jobs_.empty())
      return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    guard.unlock();
    job();
    job = nullptr; // what it holds goes before the next wait
    guard.lock();
  }
}

} // namespace roles
