#include <actors/process/process_error.hpp>
#include <actors/process/shared_segment.hpp>

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>

namespace actors {

namespace {

constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

std::atomic<uint64_t> last_id{0};

caf::error failed(const std::string& what, int error) {
  return make_process_error(process_errc::segment_failed,
                            what + ": "
                              + std::system_category().message(error));
}

std::byte* map_bytes(int fd, size_t bytes) {
  auto p = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return p == MAP_FAILED ? nullptr : static_cast<std::byte*>(p);
}

} // namespace

shared_segment::shared_segment(unique_fd fd,
                               uint64_t id,
                               std::byte* data,
                               size_t size)
  : fd_{std::move(fd)}, id_{id}, data_{data}, size_{size} {}

shared_segment::~shared_segment() {
  ::munmap(data_, size_);
}

caf::expected<segment_ptr> shared_segment::create(size_t bytes,
                                                  const std::string& name) {
  auto what =
    "shared segment '" + name + "' of " + std::to_string(bytes) + " bytes";
  if (bytes == 0 || bytes > static_cast<size_t>(PTRDIFF_MAX))
    return failed(what, EINVAL);
  unique_fd fd{::memfd_create(name.substr(0, 200).c_str(),
                              MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0
      || ::fcntl(fd.get(), F_ADD_SEALS, seals) != 0)
    return failed(what, errno);
  auto data = map_bytes(fd.get(), bytes);
  if (!data)
    return failed(what, errno);
  return segment_ptr{new shared_segment(std::move(fd), ++last_id, data, bytes)};
}

caf::expected<segment_ptr>
shared_segment::map(unique_fd fd, uint64_t id, size_t bytes) {
  auto what = "received segment " + std::to_string(id) + " of "
              + std::to_string(bytes) + " bytes";

  struct stat status {};

  if (::fstat(fd.get(), &status) != 0)
    return failed(what, errno);
  auto held = ::fcntl(fd.get(), F_GET_SEALS);
  if (bytes == 0 || static_cast<uint64_t>(status.st_size) != bytes || held < 0
      || (held & F_SEAL_SHRINK) == 0)
    return failed(what, EINVAL);
  auto data = map_bytes(fd.get(), bytes);
  if (!data)
    return failed(what, errno);
  return segment_ptr{new shared_segment(std::move(fd), id, data, bytes)};
}

} // namespace actors
