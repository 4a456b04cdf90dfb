#pragma once

#include <leptond/http/message.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace leptond::http {

/// What reading a body gave.
struct body_part {
  std::string bytes; ///< at most 256 KiB; may be empty at the end
  bool last = false; ///< the body is complete
  std::string error; ///< not empty: the body will never be complete
  int status = 0;    ///< of the answer that fits `error`
};

using read_callback = std::function<void(body_part)>;

/// @param ok false when the client is gone; writing more is of no use
using write_callback = std::function<void(bool ok)>;

/// What a connection does for its handlers; they see it through the handles
/// below. Every call may come from any thread, at any time, also when the
/// exchange it speaks of is over.
class channel {
public:
  channel() = default;
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  virtual ~channel() = default;
  virtual void answer(std::uint64_t exchange, response with) = 0;
  virtual void
  open_body(std::uint64_t exchange, response head, std::uint64_t length) = 0;
  virtual void write_body(std::uint64_t exchange,
                          std::string bytes,
                          write_callback done) = 0;
  virtual void close_body(std::uint64_t exchange) = 0;
  virtual void read_body(std::uint64_t exchange, read_callback done) = 0;
};

/// Sends an answer's body in parts. Copies speak of the same body; when the
/// last one goes before all announced bytes were written, the connection is
/// cut, so that the client cannot take the part for the whole.
class body_writer {
public:
  body_writer() = default;
  body_writer(std::weak_ptr<channel> to, std::uint64_t exchange);

  /// Hands over the next part, of any size; one at a time: wait for `done`,
  /// which runs on a server thread and must not block. It always comes.
  void write(std::string bytes, write_callback done) const;

private:
  struct state;
  std::shared_ptr<state> state_;
};

/// Takes a request's body in parts.
class body_reader {
public:
  body_reader() = default;
  body_reader(std::weak_ptr<channel> from, std::uint64_t exchange);

  /// Asks for the next part; one at a time. Nothing more is read from the
  /// socket before, so a slow handler slows its client down. `done` runs on a
  /// server thread and must not block. It always comes.
  void read_some(read_callback done) const;

private:
  std::weak_ptr<channel> from_;
  std::uint64_t exchange_ = 0;
};

/// The duty to answer one request. Copies share it; the first answer counts,
/// later ones are ignored. When the last copy goes unanswered, the client
/// gets a 500. All calls from any thread, also when the client is gone.
class responder {
public:
  responder() = default;
  responder(std::weak_ptr<channel> to, std::uint64_t exchange);

  void send(response with) const;

  /// `{"error": text}`
  void error(int status, std::string_view text) const;

  /// Sends the head now and the body through the writer.
  /// @param length the body's length in bytes, exactly
  body_writer stream(response head, std::uint64_t length) const;

private:
  struct state;
  std::shared_ptr<state> state_;
};

} // namespace leptond::http
