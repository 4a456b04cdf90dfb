#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leptond::testing {

/// A TCP client that sends what it is told to, right or wrong, and gives up
/// after 20 s so that a failing test ends.
class raw_client {
public:
  explicit raw_client(std::uint16_t port);
  raw_client(raw_client&& other) noexcept;
  raw_client& operator=(raw_client&&) = delete;
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;
  ~raw_client();

  /// @returns whether everything was taken
  bool send(std::string_view bytes);

  /// `METHOD target HTTP/1.1` with Host, the length and the body
  bool request(std::string_view method,
               std::string_view target,
               std::string_view body = {});

  struct answer {
    int status = 0;
    std::string head;
    std::string body;
  };

  /// The next answer; status 0 when the connection ends before.
  answer read_answer(bool head_only = false);

  /// All that comes until the server closes.
  std::string read_all();

  /// Whether the server has closed (waits for it).
  bool closed() { return read_all().empty(); }

  /// Whether something has come, or comes within this time.
  bool readable(std::chrono::milliseconds within) const;

  /// Ends the sending half.
  void finish_sending();

  /// Makes `close` reset the connection.
  void reset_on_close();

  void close();

private:
  bool fill();

  int fd_ = -1;
  std::string buffer_;
};

} // namespace leptond::testing
