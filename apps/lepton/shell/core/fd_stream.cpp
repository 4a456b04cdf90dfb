#include <shell/core/errors.hpp>
#include <shell/core/fd_stream.hpp>

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

namespace lepton_shell {

namespace {

/// The descriptor may be non-blocking: its other owners decide that.
void wait_writable(int fd) {
  pollfd entry{fd, POLLOUT, 0};
  poll(&entry, 1, -1);
}

} // namespace

fd_buffer::fd_buffer(int fd) : fd_(fd), buffer_{} {
  setp(buffer_.data(), buffer_.data() + buffer_.size());
}

fd_buffer::~fd_buffer() {
  try {
    fd_buffer::sync();
  } catch (const std::exception&) {
    // the program's last word was a flush, and that has told
  }
}

fd_buffer::int_type fd_buffer::overflow(int_type c) {
  sync();
  if (!traits_type::eq_int_type(c, traits_type::eof()))
    sputc(traits_type::to_char_type(c));
  return traits_type::not_eof(c);
}

int fd_buffer::sync() {
  auto from = pbase();
  auto end = pptr();
  setp(buffer_.data(), buffer_.data() + buffer_.size());
  while (from < end) {
    auto n = write(fd_, from, static_cast<size_t>(end - from));
    if (n >= 0)
      from += n;
    else if (errno == EAGAIN)
      wait_writable(fd_);
    else if (errno == EPIPE)
      throw output_closed();
    else if (errno != EINTR)
      throw refusal(std::string("cannot write the output: ")
                    + std::strerror(errno));
  }
  return 0;
}

} // namespace lepton_shell
