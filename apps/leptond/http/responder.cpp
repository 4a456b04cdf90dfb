#include <leptond/http/responder.hpp>

#include <atomic>

namespace leptond::http {

struct body_writer::state {
  std::weak_ptr<channel> to;
  std::uint64_t exchange;

  state(std::weak_ptr<channel> where, std::uint64_t which)
    : to(std::move(where)), exchange(which) {}

  state(const state&) = delete;
  state& operator=(const state&) = delete;

  ~state() {
    if (const auto connection = to.lock())
      connection->close_body(exchange);
  }
};

body_writer::body_writer(std::weak_ptr<channel> to, std::uint64_t exchange)
  : state_(std::make_shared<state>(std::move(to), exchange)) {}

void body_writer::write(std::string bytes, write_callback done) const {
  const auto connection = state_ ? state_->to.lock() : nullptr;
  if (connection)
    connection->write_body(state_->exchange, std::move(bytes), std::move(done));
  else
    done(false);
}

body_reader::body_reader(std::weak_ptr<channel> from, std::uint64_t exchange)
  : from_(std::move(from)), exchange_(exchange) {}

void body_reader::read_some(read_callback done) const {
  if (const auto connection = from_.lock())
    connection->read_body(exchange_, std::move(done));
  else
    done({{}, false, "the client has gone", 400});
}

struct responder::state {
  std::weak_ptr<channel> to;
  std::uint64_t exchange;
  std::atomic<bool> answered{false};

  state(std::weak_ptr<channel> where, std::uint64_t which)
    : to(std::move(where)), exchange(which) {}

  state(const state&) = delete;
  state& operator=(const state&) = delete;

  ~state() {
    if (answered)
      return;
    if (const auto connection = to.lock())
      connection->answer(exchange,
                         error_response(500, "the request was dropped"));
  }
};

responder::responder(std::weak_ptr<channel> to, std::uint64_t exchange)
  : state_(std::make_shared<state>(std::move(to), exchange)) {}

void responder::send(response with) const {
  if (!state_ || state_->answered.exchange(true))
    return;
  if (const auto connection = state_->to.lock())
    connection->answer(state_->exchange, std::move(with));
}

void responder::error(int status, std::string_view text) const {
  send(error_response(status, text));
}

body_writer responder::stream(response head, std::uint64_t length) const {
  if (!state_ || state_->answered.exchange(true))
    return {};
  if (const auto connection = state_->to.lock())
    connection->open_body(state_->exchange, std::move(head), length);
  return {state_->to, state_->exchange};
}

} // namespace leptond::http
