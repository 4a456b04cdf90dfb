#include <leptond/http/connection.hpp>

#include <boost/asio/post.hpp>

#include <array>
#include <ctime>

namespace leptond::http {

namespace beast = boost::beast;
namespace net = boost::asio;

namespace {

/// RFC 7231, section 7.1.1.1.
std::string http_date() {
  std::array<char, 40> text{};
  const auto now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  // The C locale's names, whatever the process has set.
  static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed",
                                      "Thu", "Fri", "Sat"};
  static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr",
                                        "May", "Jun", "Jul", "Aug",
                                        "Sep", "Oct", "Nov", "Dec"};
  const auto length = std::snprintf(
    text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
    days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
    months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
    parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<std::size_t>(length)};
}

/// A header field; line ends in its value would begin another one.
void add_field(std::string& head,
               std::string_view name,
               std::string_view value) {
  const auto add = [&head](std::string_view text) {
    for (const auto c : text)
      if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)
        head += c;
  };
  add(name);
  head += ": ";
  add(value);
  head += "\r\n";
}

} // namespace

connection::connection(std::shared_ptr<server_core> core,
                       socket s,
                       std::string peer)
  : core_(std::move(core)),
    stream_(std::move(s)),
    answer_timer_(stream_.get_executor()),
    buffer_(core_->options.max_header + (std::size_t{64} << 10)),
    peer_(std::move(peer)) {}

connection::~connection() {
  core_->release(reserved_);
}

template <class Step, class Otherwise>
void connection::on_strand(std::uint64_t exchange,
                           Step step,
                           Otherwise otherwise) {
  // Weak: a step that is never run must not keep the connection.
  net::post(stream_.get_executor(),
            [weak = weak_from_this(), exchange, step = std::move(step),
             otherwise = std::move(otherwise)]() mutable {
              const auto self = weak.lock();
              if (self && self->exchange_ == exchange
                  && self->phase_ != phase::closed)
                step(*self);
              else
                otherwise();
            });
}

void connection::finish() {
  net::post(stream_.get_executor(), [self = shared_from_this()] {
    self->keep_alive_ = false;
    if (self->phase_ == phase::idle)
      self->close();
  });
}

void connection::cut() {
  net::post(stream_.get_executor(),
            [self = shared_from_this()] { self->close(); });
}

void connection::answer(std::uint64_t exchange, response with) {
  on_strand(
    exchange,
    [with = std::move(with)](connection& self) mutable {
      self.begin_answer([&self, with = std::move(with)]() mutable {
        self.respond(std::move(with));
      });
    },
    [] {});
}

void connection::open_body(std::uint64_t exchange,
                           response head,
                           std::uint64_t length) {
  on_strand(
    exchange,
    [head = std::move(head), length](connection& self) mutable {
      self.begin_answer([&self, head = std::move(head), length]() mutable {
        self.stream_head(std::move(head), length);
      });
    },
    [] {});
}

/// Begins now, or after the interim answer that is being written.
void connection::begin_answer(std::function<void()> begin) {
  if (phase_ != phase::handling)
    return;
  if (flushing_)
    after_flush_ = std::move(begin);
  else
    begin();
}

void connection::write_body(std::uint64_t exchange,
                            std::string bytes,
                            write_callback done) {
  on_strand(
    exchange,
    [bytes = std::move(bytes), done](connection& self) mutable {
      if (self.after_flush_) // the head waits for an interim answer
        self.write_body(self.exchange_, std::move(bytes), std::move(done));
      else if (self.phase_ == phase::streaming && !self.part_pending_)
        self.write_part(std::move(bytes), std::move(done));
      else
        done(false);
    },
    [done] { done(false); });
}

void connection::close_body(std::uint64_t exchange) {
  on_strand(
    exchange,
    [](connection& self) {
      if (self.phase_ != phase::streaming || self.body_left_ == 0)
        return; // every byte is written or on its way
      self.record_.problem = "the answer's body was not completed";
      self.record(false);
      self.close();
    },
    [] {});
}

void connection::read_body(std::uint64_t exchange, read_callback done) {
  const auto gone = [done] { done({{}, false, "the exchange is over", 400}); };
  on_strand(
    exchange,
    [done, gone](connection& self) {
      if (self.phase_ != phase::handling || self.reader_) {
        gone();
        return;
      }
      self.reader_ = done;
      self.begin_part();
    },
    gone);
}

void connection::refuse(int status, const std::string& problem) {
  refuse(error_response(status, problem), problem);
}

void connection::refuse(response with, const std::string& problem) {
  record_.problem = problem;
  respond(std::move(with));
}

void connection::respond(response with) {
  answer_timer_.cancel();
  phase_ = phase::writing;
  if (!parser_->is_done() || core_->stopping)
    keep_alive_ = false; // what is left of the body would be the next request
  record_.status = with.status;
  out_ = head_text(with, with.body.size());
  out_at_ = 0;
  if (!head_only_)
    out_ += with.body;
  flush([self = shared_from_this()](error_code ec) { self->on_flushed(ec); });
}

std::string connection::head_text(const response& with,
                                  std::uint64_t length) const {
  std::string head = "HTTP/1.1 " + std::to_string(with.status) + ' '
                     + std::string{reason_phrase(with.status)} + "\r\n";
  head.reserve(256 + with.body.size());
  add_field(head, "Date", http_date());
  add_field(head, "Server", "lepton/" LEPTON_VERSION);
  if (!with.content_type.empty())
    add_field(head, "Content-Type", with.content_type);
  if (with.status != 204 && with.status != 304)
    add_field(head, "Content-Length", std::to_string(length));
  for (const auto& [name, value] : with.headers)
    add_field(head, name, value);
  // HTTP/1.0 clients need to be told that the connection stays.
  add_field(head, "Connection", keep_alive_ ? "keep-alive" : "close");
  head += "\r\n";
  return head;
}

/// Writes the rest of `out_`; each progress renews the deadline.
void connection::flush(std::function<void(error_code)> then) {
  flushing_ = true;
  stream_.expires_after(core_->options.io_timeout);
  stream_.async_write_some(
    net::buffer(out_.data() + out_at_, out_.size() - out_at_),
    [self = shared_from_this(), then = std::move(then)](error_code ec,
                                                        std::size_t n) mutable {
      self->out_at_ += n;
      self->record_.bytes_out += n;
      if (!ec && self->phase_ == phase::closed)
        ec = net::error::operation_aborted;
      if (!ec && self->out_at_ < self->out_.size()) {
        self->flush(std::move(then));
        return;
      }
      if (ec == beast::error::timeout)
        self->core_->report(connection_event::timed_out, self->peer_);
      self->flushing_ = false;
      then(ec);
      if (const auto next = std::exchange(self->after_flush_, nullptr))
        if (self->phase_ == phase::handling)
          next();
    });
}

void connection::on_flushed(error_code ec) {
  if (phase_ == phase::closed)
    return;
  record(!ec);
  if (ec)
    close();
  else
    end_exchange();
}

void connection::stream_head(response head, std::uint64_t length) {
  answer_timer_.cancel();
  phase_ = phase::streaming;
  if (!parser_->is_done() || core_->stopping)
    keep_alive_ = false;
  record_.status = head.status;
  body_left_ = head_only_ ? 0 : length;
  out_ = head_text(head, length);
  out_at_ = 0;
  head_pending_ = true; // goes out with the first part
  if (body_left_ == 0)
    write_part({}, [](bool) {});
  else
    arm_answer_timer();
}

void connection::write_part(std::string bytes, write_callback done) {
  answer_timer_.cancel();
  if (bytes.size() > body_left_) {
    record_.problem = "the answer's body is longer than announced";
    record(false);
    close();
    done(false);
    return;
  }
  body_left_ -= bytes.size();
  out_ = std::exchange(head_pending_, false) ? out_ + bytes : std::move(bytes);
  out_at_ = 0;
  part_pending_ = true;
  flush([self = shared_from_this(), done = std::move(done)](error_code ec) {
    self->on_part_flushed(ec, done);
  });
}

void connection::on_part_flushed(error_code ec, const write_callback& done) {
  part_pending_ = false;
  const auto open = phase_ == phase::streaming;
  if (open && (ec || body_left_ == 0)) {
    phase_ = phase::writing; // the writer has nothing more to say
    on_flushed(ec);
  } else if (open) {
    arm_answer_timer();
  }
  done(!ec);
}

void connection::end_exchange() {
  part_ = {};
  core_->release(std::exchange(reserved_, 0));
  out_ = {};
  if (keep_alive_ && parser_->is_done() && !core_->stopping)
    await_request();
  else
    linger();
}

void connection::record(bool complete) {
  record_.complete = complete;
  record_.duration = clock::now() - started_;
  if (core_->hooks.access)
    core_->hooks.access(record_);
}

void connection::arm_answer_timer() {
  answer_timer_.expires_after(core_->options.answer_timeout);
  answer_timer_.async_wait(
    [weak = weak_from_this(), exchange = exchange_](error_code ec) {
      const auto self = weak.lock();
      if (!ec && self && self->exchange_ == exchange)
        self->on_answer_timeout();
    });
}

void connection::on_answer_timeout() {
  // A timer that fired just before it was cancelled still gets here.
  if (answer_timer_.expiry() > clock::now())
    return;
  if (phase_ == phase::handling && !pulling_ && !flushing_) {
    refuse(504, "no answer in time");
  } else if (phase_ == phase::streaming && !part_pending_) {
    record_.problem = "the answer's body did not come in time";
    record(false);
    close();
  }
}

/// Closing with unread bytes would reset the connection and take the answer
/// from the client; so it is told the end and its bytes are thrown away.
void connection::linger() {
  phase_ = phase::closing;
  error_code ignored;
  stream_.socket().shutdown(socket::shutdown_send, ignored);
  stream_.expires_after(core_->options.linger);
  if (pulling_)
    stream_.cancel(); // `deliver_part` goes on with `drain`
  else
    drain();
}

void connection::drain() {
  buffer_.clear();
  stream_.async_read_some(
    buffer_.prepare(std::size_t{16} << 10),
    [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec || self->phase_ == phase::closed)
        self->close();
      else
        self->drain();
    });
}

void connection::close() {
  if (phase_ == phase::closed)
    return;
  phase_ = phase::closed;
  answer_timer_.cancel();
  stream_.close();
  if (!pulling_) // else the end of that read tells the reader
    if (const auto waiting = std::exchange(reader_, nullptr))
      waiting({{}, false, "the client has gone", 400});
  core_->remove(this);
  core_->report(connection_event::closed, peer_);
}

} // namespace leptond::http
