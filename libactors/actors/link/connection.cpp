#include <actors/link/connection.hpp>

#include <boost/asio/post.hpp>

#include <netinet/tcp.h>
#include <utility>

namespace actors::link {

namespace net = boost::asio;

namespace {

/// How long last words may take.
constexpr auto parting_time = std::chrono::milliseconds{500};
/// Bytes that the kernel may hold unsent: more would make heartbeats wait
/// where no priority reaches them.
constexpr int unsent_limit = 128 << 10;
constexpr size_t longest_reason = 200;

} // namespace

connection::connection(std::shared_ptr<server_core> core, socket s, origin from)
  : core_{std::move(core)},
    socket_{std::move(s)},
    context_{core_->context()},
    wire_{socket_.native_handle(), context_.get(), !from.dialled},
    from_{std::move(from)},
    timer_{core_->io},
    delay_timer_{core_->io},
    queue_{core_->options.limits},
    granted_{core_->options.bulk_window} {
  peer_.address = from_.address;
  peer_.dialled = from_.dialled;
  peer_.encrypted = wire_.encrypted();
}

connection::~connection() = default;

void connection::start() {
  error_code none;
  socket_.non_blocking(true, none);
  socket_.set_option(net::ip::tcp::no_delay{true}, none);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT,
               &unsent_limit, sizeof unsent_limit);
  // They own themselves until the connection closes.
  sink_.control = [this](control_kind kind, std::string_view payload) {
    on_control(kind, payload);
  };
  sink_.caf = [this](std::string_view bytes) {
    if (phase_ == phase::up && core_->hooks.caf)
      core_->hooks.caf(shared_from_this(), bytes);
  };
  sink_.bulk = [this](std::string message) {
    if (phase_ != phase::up)
      return;
    {
      const std::lock_guard guard{mutex_};
      counters_.bulk_in += message.size();
    }
    if (core_->hooks.bulk)
      core_->hooks.bulk(shared_from_this(), std::move(message));
    else
      bulk_used(message.size());
  };
  arm_deadline(core_->options.handshake_within, "did not say who it is");
  on_handshake();
}

void connection::arm_deadline(std::chrono::milliseconds within,
                              const char* what) {
  timer_.expires_after(within);
  timer_.async_wait([self = shared_from_this(), within, what](error_code ec) {
    if (ec || self->phase_ == phase::closed)
      return;
    if (self->phase_ == phase::parting)
      self->close();
    else if (self->phase_ != phase::up)
      self->refuse(std::string{what} + " within "
                   + std::to_string(within.count()) + " ms");
  });
}

// -- who speaks ---------------------------------------------------------------

void connection::on_handshake() {
  switch (wire_.handshake()) {
  case progress::done:
    return on_secure();
  case progress::want_read:
    return wait_readable();
  case progress::want_write:
    return wait_writable();
  case progress::ended:
    return part("closed during the handshake");
  case progress::failed:
    return part(wire_.why());
  }
}

void connection::on_secure() {
  phase_ = phase::greeting;
  if (wire_.encrypted()) {
    auto shown = wire_.peer();
    if (auto why = std::get_if<problem>(&shown))
      return refuse(why->text);
    shown_ = std::get<node_identity>(shown);
  }
  // The dialler speaks first: the other side answers when it agrees, so that
  // both call it a link or none does.
  if (from_.dialled) {
    auto& name = from_.expected;
    if (shown_ && !name.empty() && shown_->node != name)
      return refuse("it has shown the certificate of \"" + shown_->node
                    + "\" where \"" + name + "\" was dialled");
    push(control_kind::hello, encode(core_->self));
    write_some();
  }
  read_some();
}

void connection::on_hello(std::string_view payload) {
  auto theirs = decode_hello(payload);
  if (!theirs)
    return refuse("a malformed hello");
  if (auto why = refuse_hello(core_->self, *theirs, shown_, from_.expected))
    return refuse(*why);
  peer_.node = theirs->node;
  peer_.incarnation = theirs->incarnation;
  if (auto why = core_->admit(shared_from_this()))
    return refuse(*why);
  come_up(*theirs);
}

void connection::come_up(const hello& theirs) {
  if (!from_.dialled)
    push(control_kind::hello, encode(core_->self));
  decoder_.open();
  phase_ = phase::up;
  {
    const std::lock_guard guard{mutex_};
    open_ = true;
    queue_.add_credit(theirs.bulk_window);
    heard_ = clock::now();
  }
  core_->note("up: node \"" + peer_.node + "\" incarnation "
              + std::to_string(peer_.incarnation) + " at " + peer_.address
              + (peer_.encrypted ? "" : ", not encrypted"));
  if (core_->hooks.up)
    core_->hooks.up(shared_from_this());
  if (auto done = std::exchange(from_.done, nullptr))
    done(link_ptr{shared_from_this()});
  due_ = clock::now();
  beat();
}

// -- the end ------------------------------------------------------------------

/// Says why, here and there, and ends it.
void connection::refuse(const std::string& reason) {
  if (phase_ == phase::parting || phase_ == phase::closed)
    return;
  if (phase_ != phase::handshaking) {
    const std::lock_guard guard{mutex_};
    queue_ = send_queue{core_->options.limits};
    queue_.push_control(control_kind::refusal,
                        std::string_view{reason}.substr(0, longest_reason));
  }
  part(reason);
}

/// Ends it; what is queued still goes out, for a moment.
void connection::part(const std::string& reason) {
  if (phase_ == phase::parting || phase_ == phase::closed)
    return;
  auto was_up = phase_ == phase::up;
  phase_ = phase::parting;
  if (!was_up)
    core_->note((from_.dialled ? "no link to " : "refused ") + peer_.address
                + ": " + reason);
  arm_deadline(parting_time, "");
  report_end(reason);
  write_some();
}

/// Tells those who wait for this connection that it is no more.
void connection::report_end(const std::string& reason) {
  auto was_open = false;
  {
    const std::lock_guard guard{mutex_};
    was_open = std::exchange(open_, false);
  }
  auto self = shared_from_this();
  core_->forget(self);
  if (was_open) {
    core_->note("down: node \"" + peer_.node + "\" at " + peer_.address + ": "
                + reason);
    if (core_->hooks.down)
      core_->hooks.down(self, reason);
  }
  if (auto done = std::exchange(from_.done, nullptr))
    done(problem{peer_.address + ": " + reason});
  if (phase_ == phase::parting && !core_->stopping)
    core_->strangers.insert(self); // until it has parted
}

void connection::end(const std::string& reason) {
  if (phase_ == phase::closed)
    return;
  phase_ = phase::closed;
  error_code none; // a reset throws away what waits in the kernel
  socket_.set_option(net::socket_base::linger{true, 0}, none);
  report_end(reason);
  close();
}

void connection::close() {
  phase_ = phase::closed;
  error_code none;
  socket_.close(none);
  timer_.cancel();
  delay_timer_.cancel();
  core_->forget(shared_from_this());
}

// -- heartbeats ---------------------------------------------------------------

void connection::beat_later() {
  due_ += core_->options.heartbeat;
  auto now = clock::now();
  if (due_ < now)
    due_ = now;
  timer_.expires_at(due_);
  timer_.async_wait([self = shared_from_this()](error_code ec) {
    if (!ec && self->phase_ == phase::up)
      self->beat();
  });
}

bool connection::too_silent(clock::time_point now, bool late) const {
  // Who is late has not read what may have come; who has paused neither.
  if (late || paused_)
    return false;
  const std::lock_guard guard{mutex_};
  return now - heard_ > core_->options.silence;
}

void connection::beat() {
  auto now = clock::now();
  if (too_silent(now, now - due_ > core_->options.silence / 4))
    return end("nothing came for "
               + std::to_string(core_->options.silence.count()) + " ms");
  std::string stamp;
  append_u64(stamp, static_cast<uint64_t>(now.time_since_epoch().count()));
  if (push(control_kind::ping, stamp) == send_outcome::accepted) {
    const std::lock_guard guard{mutex_};
    ++counters_.pings;
    grant_credit();
  }
  write_some();
  if (phase_ == phase::up)
    beat_later();
}

} // namespace actors::link
