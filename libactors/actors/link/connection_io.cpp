#include <actors/link/connection.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace actors::link {

namespace net = boost::asio;

namespace {

/// Reads and writes of one connection before the others have their turn.
constexpr auto turns = 16;
constexpr size_t enough_to_write = size_t{64} << 10;
/// What an injected delay may hold.
constexpr size_t most_held = size_t{4} << 20;

} // namespace

// -- readiness ----------------------------------------------------------------

void connection::wait_readable() {
  if (std::exchange(reading_, true))
    return;
  socket_.async_wait(socket::wait_read,
                     [self = shared_from_this()](error_code ec) {
                       self->reading_ = false;
                       if (!ec && self->phase_ != phase::closed)
                         self->on_ready();
                     });
}

void connection::wait_writable() {
  if (std::exchange(writing_, true))
    return;
  socket_.async_wait(socket::wait_write,
                     [self = shared_from_this()](error_code ec) {
                       self->writing_ = false;
                       if (ec || self->phase_ == phase::closed)
                         return;
                       if (self->phase_ == phase::handshaking)
                         self->on_handshake();
                       else
                         self->write_some();
                     });
}

void connection::on_ready() {
  if (phase_ == phase::handshaking)
    return on_handshake();
  if (std::exchange(write_needs_read_, false))
    write_some();
  if (phase_ == phase::parting)
    drain();
  else
    read_some();
}

// -- in -----------------------------------------------------------------------

void connection::read_some() {
  for (auto i = 0; i < turns; ++i) {
    if ((phase_ != phase::greeting && phase_ != phase::up) || paused_
        || faults().cut_in || held_bytes_ > most_held)
      return;
    if (!read_once())
      return;
  }
  read_later();
}

void connection::read_later() {
  if (!std::exchange(read_posted_, true))
    net::post(core_->io, [self = shared_from_this()] {
      self->read_posted_ = false;
      self->read_some();
    });
}

/// @returns whether there may be more at once
bool connection::read_once() {
  auto& buffer = core_->buffer;
  auto [state, bytes] = wire_.read(buffer.data(), buffer.size());
  switch (state) {
  case progress::done:
    take({buffer.data(), bytes});
    return true;
  case progress::want_read:
    wait_readable();
    return false;
  case progress::want_write:
    wait_writable();
    return false;
  case progress::ended:
    part("closed by the other side");
    return false;
  case progress::failed:
    part(wire_.why());
    return false;
  }
  return false;
}

void connection::take(std::string_view bytes) {
  auto delay = std::chrono::milliseconds{0};
  {
    const std::lock_guard guard{mutex_};
    counters_.bytes_in += bytes.size();
    heard_ = clock::now();
    delay = faults_.delay;
  }
  if (delay.count() > 0 || !held_.empty())
    hold_back(bytes, delay);
  else
    feed(bytes);
}

void connection::hold_back(std::string_view bytes,
                           std::chrono::milliseconds delay) {
  held_.push_back({clock::now() + delay, std::string{bytes}});
  held_bytes_ += bytes.size();
  if (held_.size() == 1)
    release_held();
}

void connection::release_held() {
  while (!held_.empty() && held_.front().due <= clock::now()) {
    auto first = std::move(held_.front());
    held_.pop_front();
    held_bytes_ -= first.bytes.size();
    feed(first.bytes);
  }
  if (phase_ != phase::up || held_.empty())
    return read_some();
  delay_timer_.expires_at(held_.front().due);
  delay_timer_.async_wait([self = shared_from_this()](error_code ec) {
    if (!ec)
      self->release_held();
  });
}

void connection::feed(std::string_view bytes) {
  if (phase_ != phase::greeting && phase_ != phase::up)
    return;
  auto error = decoder_.feed(bytes, sink_);
  if (error != frame_error::none)
    return refuse(to_string(error));
  auto beyond = false;
  {
    const std::lock_guard guard{mutex_};
    beyond = counters_.bulk_in + decoder_.held()
             > granted_ + max_control_payload + frame_header_size;
  }
  if (beyond)
    refuse("more bulk than it has credit for");
}

void connection::on_control(control_kind kind, std::string_view payload) {
  if (phase_ == phase::up)
    return on_message(kind, payload);
  if (phase_ != phase::greeting)
    return;
  if (kind == control_kind::hello)
    on_hello(payload);
  else if (kind == control_kind::refusal)
    part("it says: " + std::string{payload});
  else
    refuse("it spoke before it said who it is");
}

void connection::on_message(control_kind kind, std::string_view payload) {
  auto numbers = kind == control_kind::ping || kind == control_kind::pong
                 || kind == control_kind::credit;
  if (numbers && payload.size() != 8)
    return refuse("a malformed control frame");
  switch (kind) {
  case control_kind::hello:
    return refuse("it said twice who it is");
  case control_kind::refusal:
    return part("it says: " + std::string{payload});
  case control_kind::ping:
    push(control_kind::pong, payload);
    return kick();
  case control_kind::pong:
    return on_pong(payload);
  case control_kind::message:
    if (core_->hooks.control)
      core_->hooks.control(shared_from_this(), payload);
    return;
  case control_kind::credit:
    const std::lock_guard guard{mutex_};
    queue_.add_credit(read_u64(payload.data()) & 0xffffffff);
    return kick();
  }
}

void connection::on_pong(std::string_view payload) {
  clock::time_point sent{
    clock::duration{static_cast<clock::rep>(read_u64(payload.data()))}};
  auto took = clock::now() - sent;
  if (took.count() < 0 || took > std::chrono::hours{1})
    return; // not an answer to us
  const std::lock_guard guard{mutex_};
  auto& x = counters_;
  x.round_trip = took;
  if (x.pongs++ == 0) {
    x.smoothed = took;
    x.deviation = took / 2;
    return;
  }
  auto off = took > x.smoothed ? took - x.smoothed : x.smoothed - took;
  x.deviation += (off - x.deviation) / 4;
  x.smoothed += (took - x.smoothed) / 8;
}

// -- out ----------------------------------------------------------------------

/// Takes frames from the queue. @returns whether there are bytes to write
bool connection::refill() {
  if (out_at_ < out_.size())
    return true;
  out_.clear();
  out_at_ = 0;
  const std::lock_guard guard{mutex_};
  if (!faults_.cut_out)
    queue_.fill(out_, enough_to_write);
  return !out_.empty();
}

void connection::write_some() {
  if (phase_ == phase::handshaking || phase_ == phase::closed || writing_
      || write_needs_read_ || faults().cut_out)
    return;
  for (auto i = 0; i < 4 * turns; ++i) { // a record of TLS each
    if (!refill()) {
      if (phase_ == phase::parting && !std::exchange(finished_, true)) {
        wire_.finish();
        drain();
      }
      return;
    }
    auto [state, bytes] =
      wire_.write(out_.data() + out_at_, out_.size() - out_at_);
    out_at_ += bytes;
    if (state == progress::want_write)
      return wait_writable();
    if (state == progress::want_read) {
      write_needs_read_ = true;
      return wait_readable();
    }
    if (state != progress::done) {
      auto why =
        state == progress::ended ? "closed by the other side" : wire_.why();
      return phase_ == phase::parting ? close() : end(why);
    }
    {
      const std::lock_guard guard{mutex_};
      counters_.bytes_out += bytes;
    }
    tell_relief();
  }
  if (!std::exchange(write_posted_, true))
    net::post(core_->io, [self = shared_from_this()] {
      self->write_posted_ = false;
      self->write_some();
    });
}

void connection::tell_relief() {
  if (phase_ != phase::up || !core_->hooks.relieved)
    return;
  for (auto each : {channel::control, channel::caf, channel::bulk}) {
    auto relieved = false;
    {
      const std::lock_guard guard{mutex_};
      relieved = queue_.relieved(each);
    }
    if (relieved)
      core_->hooks.relieved(shared_from_this(), each);
  }
}

/// Throws away what comes until the other side has closed too.
void connection::drain() {
  switch (wire_.drain()) {
  case progress::done:
    net::post(core_->io, [self = shared_from_this()] {
      if (self->phase_ == phase::parting)
        self->drain();
    });
    return;
  case progress::want_read:
    return wait_readable();
  default:
    // What we still have to say would find nobody.
    close();
  }
}

void connection::kick() {
  if (!kicked_.exchange(true))
    net::post(core_->io, [self = shared_from_this()] {
      self->kicked_ = false;
      self->write_some();
    });
}

// -- calls from any thread ----------------------------------------------------

send_outcome connection::push(control_kind kind, std::string_view payload) {
  const std::lock_guard guard{mutex_};
  auto may_be_lost = kind == control_kind::ping || kind == control_kind::pong
                     || kind == control_kind::message;
  if (may_be_lost && faults_.control_loss > 0
      && std::uniform_real_distribution<>{0, 1}(random_) < faults_.control_loss)
    return send_outcome::accepted;
  return queue_.push_control(kind, payload);
}

send_outcome connection::send_control(std::string_view bytes) {
  {
    const std::lock_guard guard{mutex_};
    if (!open_)
      return send_outcome::closed;
  }
  auto outcome = push(control_kind::message, bytes);
  kick();
  return outcome;
}

send_outcome connection::send_caf(std::string bytes) {
  auto outcome = send_outcome::closed;
  {
    const std::lock_guard guard{mutex_};
    if (open_)
      outcome = queue_.push_caf(std::move(bytes));
  }
  if (outcome == send_outcome::accepted)
    kick();
  return outcome;
}

send_outcome connection::send_bulk(std::string message) {
  auto outcome = send_outcome::closed;
  {
    const std::lock_guard guard{mutex_};
    if (open_)
      outcome = queue_.push_bulk(std::move(message));
  }
  if (outcome == send_outcome::accepted)
    kick();
  return outcome;
}

/// Credit goes in portions; one that finds no room goes with a heartbeat.
void connection::grant_credit() {
  if (used_ == 0 || !open_)
    return;
  std::string payload;
  append_u64(payload, used_);
  if (queue_.push_control(control_kind::credit, payload)
      == send_outcome::accepted)
    granted_ += std::exchange(used_, 0);
}

void connection::bulk_used(size_t bytes) {
  {
    const std::lock_guard guard{mutex_};
    used_ += bytes;
    if (used_ < core_->options.bulk_window / 4)
      return;
    grant_credit();
  }
  kick();
}

void connection::pause(bool on) {
  if (paused_.exchange(on) == on || on)
    return;
  net::post(core_->io, [self = shared_from_this()] {
    {
      const std::lock_guard guard{self->mutex_};
      self->heard_ = clock::now();
    }
    self->read_some();
  });
}

void connection::drop(std::string reason) {
  net::post(core_->io, [self = shared_from_this(), reason = std::move(reason)] {
    self->end(reason);
  });
}

link_faults connection::faults() const {
  const std::lock_guard guard{mutex_};
  return faults_;
}

void connection::inject(const link_faults& faults) {
  {
    const std::lock_guard guard{mutex_};
    faults_ = faults;
  }
  net::post(core_->io, [self = shared_from_this()] {
    self->write_some();
    self->read_some();
  });
}

link_counters connection::counters() const {
  const std::lock_guard guard{mutex_};
  auto out = counters_;
  out.sent = {queue_.counts(channel::control), queue_.counts(channel::caf),
              queue_.counts(channel::bulk)};
  out.silent_for = clock::now() - heard_;
  return out;
}

} // namespace actors::link
