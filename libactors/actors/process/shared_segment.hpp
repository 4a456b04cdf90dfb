#pragma once

/// Memory that several processes see: a memfd of fixed size, mapped
/// read-write. Who holds a `segment_ptr` keeps the mapping; the pages go when
/// the last holder in the last process has gone.

#include <actors/process/unique_fd.hpp>

#include <caf/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace actors {

class shared_segment;

using segment_ptr = std::shared_ptr<shared_segment>;

/// A mapped segment. The object is immutable, its bytes are not: who writes
/// what and when is for its users to agree on.
class shared_segment {
public:
  /// Makes a segment of zeros, sealed so that nobody can change its size.
  /// @param bytes more than 0; whole pages are used
  /// @param name shown in /proc/PID/maps
  /// @returns it, or `process_errc::segment_failed`
  static caf::expected<segment_ptr> create(size_t bytes,
                                           const std::string& name);

  /// Maps a descriptor received from elsewhere. Its size is read from the
  /// descriptor and its seals are checked, so that no access can fault later.
  /// @param bytes the size that the sender claims
  /// @returns it, or `process_errc::segment_failed`
  static caf::expected<segment_ptr>
  map(unique_fd fd, uint64_t id, size_t bytes);

  shared_segment(const shared_segment&) = delete;
  shared_segment& operator=(const shared_segment&) = delete;
  ~shared_segment();

  /// Given by `create`, unique in the creating process; what messages carry.
  uint64_t id() const noexcept { return id_; }

  std::byte* data() const noexcept { return data_; }

  size_t size() const noexcept { return size_; }

  int fd() const noexcept { return fd_.get(); }

private:
  shared_segment(unique_fd fd, uint64_t id, std::byte* data, size_t size);

  unique_fd fd_;
  uint64_t id_;
  std::byte* data_;
  size_t size_;
};

} // namespace actors
