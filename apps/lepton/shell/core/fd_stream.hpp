#pragma once

#include <array>
#include <stdexcept>
#include <streambuf>

namespace lepton_shell {

/// The reader of our output has gone (`lepton ls | head`).
struct output_closed : std::exception {
  const char* what() const noexcept override { return "output closed"; }
};

/// A buffered writer to a file descriptor, which it does not own. Streams over
/// it need `exceptions(std::ios::badbit)`, so that errors come through.
/// Throws `output_closed` on EPIPE and `refusal` for other errors (disk full).
class fd_buffer : public std::streambuf {
public:
  explicit fd_buffer(int fd);
  ~fd_buffer() override; ///< drops what could not be written

protected:
  int_type overflow(int_type c) override;
  int sync() override;

private:
  int fd_;
  std::array<char, 1 << 14> buffer_;
};

} // namespace lepton_shell
