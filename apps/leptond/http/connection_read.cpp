#include <leptond/core/text.hpp>
#include <leptond/http/connection.hpp>
#include <leptond/http/origin.hpp>

#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace leptond::http {

namespace beast = boost::beast;
namespace net = boost::asio;

namespace {

constexpr std::size_t first_part = std::size_t{16} << 10;
constexpr std::size_t largest_part = std::size_t{256} << 10;
constexpr std::size_t read_ahead = std::size_t{64} << 10;
constexpr std::uint64_t least_rate = std::uint64_t{16} << 10; // bytes/s

std::string lower_case(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

template <class Fields>
std::optional<std::string_view> field(const Fields& fields,
                                      beast::http::field name) {
  const auto found = fields.find(name);
  if (found == fields.end())
    return std::nullopt;
  return view(found->value());
}

} // namespace

void connection::start() {
  // Not yet on the strand: another thread may already be told to cut us.
  net::post(stream_.get_executor(), [self = shared_from_this()] {
    self->core_->report(connection_event::opened, self->peer_);
    self->await_request();
  });
}

void connection::await_request() {
  if (phase_ == phase::closed)
    return;
  ++exchange_;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(core_->options.max_header));
  // Checked here, by route. Beast 1.74 takes `boost::none` for zero.
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  record_ = {};
  record_.peer = peer_;
  if (core_->stopping) {
    close();
    return;
  }
  phase_ = phase::idle;
  if (buffer_.size() > 0) {
    read_header(core_->options.header_timeout);
    return;
  }
  const auto first = exchange_ == 1;
  stream_.expires_after(first ? core_->options.header_timeout
                              : core_->options.idle_timeout);
  stream_.async_read_some(
    buffer_.prepare(4096),
    [self = shared_from_this()](error_code ec, std::size_t n) {
      if (ec || self->phase_ == phase::closed) {
        if (ec == beast::error::timeout && self->exchange_ == 1)
          self->core_->report(connection_event::timed_out, self->peer_);
        self->close();
        return;
      }
      self->buffer_.commit(n);
      self->read_header(self->core_->options.header_timeout);
    });
}

void connection::read_header(std::chrono::milliseconds within) {
  phase_ = phase::reading;
  started_ = clock::now();
  stream_.expires_after(within); // for the whole header, however it drips in
  beast::http::async_read_header(
    stream_, buffer_, *parser_,
    [self = shared_from_this()](error_code ec, std::size_t) {
      self->on_header(ec);
    });
}

void connection::on_header(error_code ec) {
  if (phase_ == phase::closed)
    return;
  if (ec) {
    refuse_header(ec);
    return;
  }
  begin_exchange();
  if (!admit())
    return;
  route_request();
}

void connection::refuse_header(error_code ec) {
  using beast::http::error;
  keep_alive_ = false;
  if (ec == error::end_of_stream) {
    close();
  } else if (ec == beast::error::timeout) {
    core_->report(connection_event::timed_out, peer_);
    refuse(408, "the request's header did not come in time");
  } else if (ec == error::header_limit || ec == error::buffer_overflow) {
    core_->report(connection_event::malformed, peer_);
    refuse(431, "the request's header is longer than "
                  + std::to_string(core_->options.max_header) + " bytes");
  } else if (ec.category() == make_error_code(error::bad_method).category()) {
    core_->report(connection_event::malformed, peer_);
    refuse(400, "not an HTTP/1.1 request: " + ec.message());
  } else {
    close(); // the socket is broken: there is nobody to answer
  }
}

void connection::begin_exchange() {
  const auto& head = parser_->get();
  keep_alive_ = parser_->keep_alive() && !core_->stopping;
  head_only_ = head.method() == beast::http::verb::head;
  const auto expect = field(head, beast::http::field::expect);
  expects_continue_ =
    expect && lower_case(*expect) == "100-continue" && !parser_->is_done();
  record_.method = printable(view(head.method_string()).substr(0, 16));
  record_.target = printable(view(head.target()));
  waited_ = {};
  filled_ = 0;
  part_.clear();
}

bool connection::admit() {
  const auto& head = parser_->get();
  const auto host = field(head, beast::http::field::host);
  if (!host && head.version() >= 11) {
    refuse(400, "the request has no Host header");
    return false;
  }
  const auto origin = field(head, beast::http::field::origin);
  if (const auto why = refuse_origin(host, origin, core_->options.hosts)) {
    refuse(403, *why);
    return false;
  }
  return true;
}

void connection::route_request() {
  const auto& head = parser_->get();
  auto parsed = parse_target(view(head.target()));
  if (!parsed) {
    refuse(400, "malformed path or query");
    return;
  }
  target_ = std::move(*parsed);
  match_ = core_->routes.find(view(head.method_string()), target_.segments);
  if (match_.found) {
    record_.route = match_.found->pattern;
    prepare_body();
  } else if (match_.allowed.empty()) {
    refuse(404, "there is nothing at " + printable(target_.path));
  } else {
    const auto allowed = join(match_.allowed);
    auto answer = error_response(405, "this path takes " + allowed);
    answer.headers.emplace_back("Allow", allowed);
    refuse(std::move(answer), "method not allowed");
  }
}

void connection::prepare_body() {
  body_limit_ = match_.found->body_limit.value_or(core_->options.max_body);
  const auto length = parser_->content_length();
  if (length && *length > body_limit_) {
    refuse(413, "the body has " + std::to_string(*length)
                  + " bytes, the limit is " + std::to_string(body_limit_));
    return;
  }
  if (match_.found->parts || parser_->is_done()) {
    dispatch();
    return;
  }
  send_continue([this] { take_whole_body(); });
}

void connection::send_continue(std::function<void()> then) {
  if (!expects_continue_) {
    then();
    return;
  }
  expects_continue_ = false;
  out_ = "HTTP/1.1 100 Continue\r\n\r\n";
  out_at_ = 0;
  flush([self = shared_from_this(), then = std::move(then)](error_code ec) {
    if (ec)
      self->close();
    else if (self->phase_ != phase::closed)
      then();
  });
}

void connection::take_whole_body() {
  // One byte beyond the limit tells a body that is too long.
  const auto most = static_cast<std::size_t>(body_limit_) + 1;
  pull(most,
       [self = shared_from_this()](error_code ec) { self->on_whole_body(ec); });
}

/// Reads until `part_` holds `most` bytes or the body ends.
void connection::pull(std::size_t most, std::function<void(error_code)> then) {
  if (filled_ == part_.size()) {
    const auto next = std::min(most, std::max(first_part, 2 * filled_));
    if (!core_->reserve(next - part_.size())) {
      then(make_error_code(boost::system::errc::not_enough_memory));
      return;
    }
    reserved_ += next - part_.size();
    part_.resize(next);
  }
  auto& body = parser_->get().body();
  body.data = part_.data() + filled_;
  body.size = part_.size() - filled_;
  body.more = true;
  pulling_ = true;
  stream_.expires_after(core_->options.io_timeout);
  beast::http::async_read_some(
    stream_, buffer_, *parser_,
    [self = shared_from_this(), most, since = clock::now(),
     then = std::move(then)](error_code ec, std::size_t) mutable {
      self->on_pull(ec, most, since, std::move(then));
    });
}

void connection::on_pull(error_code ec,
                         std::size_t most,
                         clock::time_point since,
                         std::function<void(error_code)> then) {
  pulling_ = false;
  waited_ += clock::now() - since;
  if (ec == beast::http::error::need_buffer)
    ec = {};
  const auto got = part_.size() - filled_ - parser_->get().body().size;
  filled_ += got;
  record_.bytes_in += got;
  if (phase_ == phase::closed && !ec)
    ec = net::error::operation_aborted;
  if (!ec && record_.bytes_in > body_limit_)
    ec = beast::http::error::body_limit;
  if (!ec && !parser_->is_done() && too_slow())
    ec = beast::error::timeout;
  if (ec || parser_->is_done() || filled_ >= most)
    then(ec);
  else
    pull(most, std::move(then));
}

bool connection::too_slow() const {
  const auto fair = std::chrono::seconds{record_.bytes_in / least_rate};
  return waited_ > core_->options.io_timeout + fair;
}

std::pair<int, std::string> connection::body_problem(error_code ec) const {
  using beast::http::error;
  if (ec == error::body_limit)
    return {413, "the body is longer than the limit, "
                   + std::to_string(body_limit_) + " bytes"};
  if (ec == beast::error::timeout)
    return {408, "the body did not come in time"};
  if (ec == boost::system::errc::not_enough_memory)
    return {503, "too many large requests at a time; try again"};
  if (ec == error::partial_message || ec == error::end_of_stream)
    return {400, "the body ends early"};
  return {400, "malformed body: " + ec.message()};
}

void connection::on_whole_body(error_code ec) {
  if (phase_ == phase::closed)
    return;
  if (!ec) {
    part_.resize(filled_);
    dispatch();
    return;
  }
  if (ec == beast::error::timeout)
    core_->report(connection_event::timed_out, peer_);
  part_ = {};
  core_->release(std::exchange(reserved_, 0));
  auto [status, text] = body_problem(ec);
  auto answer = error_response(status, text);
  if (status == 503)
    answer.headers.emplace_back("Retry-After", "1");
  refuse(std::move(answer), text);
}

request connection::make_request() {
  const auto& head = parser_->get();
  request out;
  out.method = match_.found->method;
  out.path = target_.path;
  out.route = match_.found->pattern;
  out.params = std::move(match_.params);
  out.query = std::move(target_.query);
  for (const auto& each : head)
    out.headers.emplace_back(lower_case(view(each.name_string())),
                             printable(view(each.value())));
  if (const auto length = parser_->content_length())
    out.content_length = *length;
  out.peer = peer_;
  return out;
}

void connection::dispatch() {
  phase_ = phase::handling;
  auto in = make_request();
  const responder out{weak_from_this(), exchange_};
  arm_answer_timer();
  try {
    if (match_.found->parts) {
      match_.found->parts(std::move(in), {weak_from_this(), exchange_}, out);
    } else {
      in.body = std::move(part_);
      part_ = {};
      match_.found->whole(std::move(in), out);
    }
  } catch (const http_error& error) {
    out.error(error.status(), error.what());
  } catch (const std::exception& error) {
    record_.problem = error.what();
    out.error(500, std::string{"internal error: "} + error.what());
  } catch (...) {
    record_.problem = "an exception without a name";
    out.error(500, "internal error");
  }
}

void connection::begin_part() {
  answer_timer_.cancel(); // the client's turn, which has its own deadlines
  part_.clear();
  filled_ = 0;
  if (parser_->is_done()) {
    deliver_part({});
    return;
  }
  send_continue([self = shared_from_this()] {
    self->pull(largest_part, [self](error_code ec) { self->deliver_part(ec); });
  });
}

void connection::deliver_part(error_code ec) {
  core_->release(std::exchange(reserved_, 0));
  body_part out;
  if (ec) {
    std::tie(out.status, out.error) = body_problem(ec);
    if (ec == beast::error::timeout)
      core_->report(connection_event::timed_out, peer_);
  } else {
    part_.resize(filled_);
    out.bytes = std::move(part_);
    out.last = parser_->is_done();
  }
  part_ = {};
  filled_ = 0;
  if (phase_ == phase::handling)
    arm_answer_timer();
  if (const auto call = std::exchange(reader_, nullptr))
    call(std::move(out));
  if (phase_ == phase::closing)
    drain();
}

} // namespace leptond::http
