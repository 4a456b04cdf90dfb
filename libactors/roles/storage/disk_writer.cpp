#include <roles/storage/disk_writer.hpp>

namespace roles {

disk_writer::~disk_writer() {
  {
    std::lock_guard guard{mutex_};
    closing_ = true;
  }
  posted_.notify_one();
  thread_.join();
}

void disk_writer::post(job j) {
  {
    std::lock_guard guard{mutex_};
    jobs_.push_back(std::move(j));
  }
  posted_.notify_one();
}

void disk_writer::run() {
  for (;;) {
    std::vector<job> batch;
    {
      std::unique_lock guard{mutex_};
      posted_.wait(guard, [this] { return closing_ || !jobs_.empty(); });
      if (jobs_.empty())
        return;
      batch.swap(jobs_);
    }
    write(std::move(batch));
  }
}

void disk_writer::write(std::vector<job> batch) {
  std::vector<unique_fd> files(batch.size());
  std::vector<std::exception_ptr> errors(batch.size());
  auto attempt = [&](size_t i, auto f) {
    try {
      f();
    } catch (...) {
      errors[i] = std::current_exception();
    }
  };
  for (size_t i = 0; i < batch.size(); ++i)
    attempt(i,
            [&] { files[i] = files_.begin_tmp(batch[i].tmp, batch[i].bytes); });
  for (size_t i = 0; i < batch.size(); ++i) {
    if (!errors[i])
      attempt(i, [&] { files_.finish_tmp(std::move(files[i]), batch[i].tmp); });
    batch[i].done(std::move(batch[i].bytes), errors[i]);
  }
}

} // namespace roles
