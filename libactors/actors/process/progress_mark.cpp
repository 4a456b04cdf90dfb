#include <actors/process/progress_mark.hpp>
#include <actors/process/shared_segment.hpp>

#include <sys/stat.h>

namespace actors {

namespace {

using counter = std::atomic<uint64_t>;

static_assert(counter::is_always_lock_free && sizeof(counter) == 8);

/// The first word of a page of zeros; keeps the page mapped.
std::shared_ptr<counter> counter_in(const segment_ptr& page) {
  return {page, reinterpret_cast<counter*>(page->data())};
}

} // namespace

progress_mark progress_mark::local() {
  progress_mark result;
  result.counter_ = std::make_shared<counter>(0);
  return result;
}

progress_mark progress_mark::shared() {
  progress_mark result;
  if (auto page = shared_segment::create(sizeof(counter), "progress")) {
    result.counter_ = counter_in(*page);
    result.fd_ = (*page)->fd();
  }
  return result;
}

progress_mark progress_mark::from(int fd) {
  progress_mark result;
  struct stat info = {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
    return result;
  auto bytes = static_cast<size_t>(info.st_size);
  if (bytes < sizeof(counter))
    return result;
  if (auto page = shared_segment::map(unique_fd{fd}, 0, bytes))
    result.counter_ = counter_in(*page);
  return result;
}

} // namespace actors
