#include <actors/process/control_channel.hpp>
#include <actors/process/process_child.hpp>
#include <actors/process/process_loop.hpp>
#include <actors/process/worker_invocation.hpp>
#include <actors/process/worker_link.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace actors {

namespace {

using namespace std::chrono_literals;

/// A worker whose link failed at start has this long to say why.
constexpr auto time_for_words = 300ms;

/// A worker whose root has ended, or whose link broke, has this long to end.
constexpr auto time_to_leave = 1s;

std::atomic<uint64_t> last_serial{0};

worker_invocation make_invocation(const process_child_spec& spec,
                                  caf::actor_system& sys) {
  auto& cfg = sys.config();
  worker_invocation x;
  x.type = spec.type;
  x.path = spec.path;
  x.parent_node = caf::to_string(sys.node());
  x.serial = ++last_serial;
  x.heartbeat =
    caf::get_or(cfg, "middleman.heartbeat-interval", caf::timespan{0});
  x.timeout =
    caf::get_or(cfg, "middleman.connection-timeout", caf::timespan{0});
  x.app_ids =
    caf::get_or(cfg, "middleman.app-identifiers", std::vector<std::string>{});
  x.args = spec.args;
  return x;
}

void print_line(const std::string& path, std::string_view line) {
  auto text = path + ": " + std::string{line} + "\n";
  [[maybe_unused]] auto n = ::write(STDERR_FILENO, text.data(), text.size());
}

/// All state belongs to the loop's thread. The loop holds us until the process
/// has been reaped; we hold the loop only weakly.
class running_child : public process_child,
                      public std::enable_shared_from_this<running_child> {
public:
  running_child(std::weak_ptr<process_loop> loop,
                caf::actor_system& sys,
                process_child_spec spec,
                process_child_events events)
    : loop_{std::move(loop)},
      sys_{sys},
      spec_{std::move(spec)},
      events_{std::move(events)} {}

  // -- any thread -------------------------------------------------------------

  void start() {
    post([](auto& self, auto& loop) { self.launch(loop); });
  }

  void stop(caf::timespan grace) override {
    post([grace](auto& self, auto& loop) {
      // A worker's root decides what becomes of what it has started.
      self.is_worker() ? loop.signal(self.id_, SIGTERM)
                       : loop.signal_group(self.id_, SIGTERM);
      self.kill_after(loop, grace, [](auto&) { return true; });
    });
  }

  void kill() override {
    post([](auto& self, auto& loop) { loop.kill(self.id_); });
  }

  void signal(int number) override {
    post([number](auto& self, auto& loop) { loop.signal(self.id_, number); });
  }

private:
  enum class phase { starting, running, ended };

  /// Runs `f(self, loop)` on the loop's thread, if there still is one.
  template <class F>
  void post(F f) {
    if (auto loop = loop_.lock())
      loop->post(
        [self = shared_from_this(), loop = loop.get(), f] { f(*self, *loop); });
  }

  /// Kills the process later, if it is still there and `still(self)`.
  template <class F>
  void kill_after(process_loop& loop, std::chrono::nanoseconds delay, F still) {
    timers_.push_back(
      loop.post_after(delay, [weak = weak_from_this(), &loop, still] {
        auto self = weak.lock();
        if (self && self->phase_ != phase::ended && still(*self))
          loop.kill(self->id_);
      }));
  }

  /// So that children that come and go quickly do not fill the loop.
  void cancel_timers() {
    if (auto loop = loop_.lock())
      for (auto& x : timers_)
        loop->cancel(x);
    timers_.clear();
  }

  // -- starting ---------------------------------------------------------------

  bool is_worker() const { return spec_.command.empty(); }

  void launch(process_loop& loop) {
    auto os = make_process_spec();
    if (!os)
      return fail_start(process_errc::spawn_failed,
                        "cannot make a socket pair: "
                          + std::system_category().message(errno));
    auto self = shared_from_this();
    process_callbacks calls;
    calls.on_spawned = [self, &loop](pid_t pid) { self->spawned(loop, pid); };
    calls.on_failed = [self](const spawn_failure& why) {
      self->fail_start(process_errc::spawn_failed, why.text);
    };
    calls.on_exit = [self](const process_exit& how) { self->exited(how); };
    calls.on_line = [self](std::string_view line) {
      if (self->events_.on_line)
        self->events_.on_line(line);
      else
        print_line(self->spec_.path, line);
    };
    calls.on_notice = [self](std::string_view text) {
      if (self->events_.on_notice)
        self->events_.on_notice(text);
    };
    id_ = loop.spawn(std::move(*os), std::move(calls));
    kill_after(loop, spec_.start_within, [](auto& x) {
      if (x.phase_ == phase::starting)
        x.failure_ = process_errc::start_timeout;
      return x.phase_ == phase::starting;
    });
  }

  std::optional<process_spec> make_process_spec() {
    process_spec os;
    os.environment = spec_.environment;
    os.directory = spec_.directory;
    os.limits = spec_.limits;
    os.output = spec_.output;
    if (!is_worker()) {
      os.executable = spec_.command.front();
      os.argv = spec_.command;
      return os;
    }
    auto link = make_socket_pair(SOCK_STREAM);
    auto control = make_socket_pair(SOCK_SEQPACKET);
    if (!link || !control)
      return std::nullopt;
    auto own = spec_.executable == "/proc/self/exe";
    os.executable = spec_.executable;
    os.argv = to_argv(make_invocation(spec_, sys_),
                      own ? program_invocation_name : spec_.executable);
    os.descriptors.emplace_back(worker_invocation::link_fd,
                                std::move(link->second));
    os.descriptors.emplace_back(worker_invocation::control_fd,
                                std::move(control->second));
    if (auto fd = spec_.progress.fd(); fd >= 0)
      os.descriptors.emplace_back(worker_invocation::progress_fd,
                                  unique_fd{::fcntl(fd, F_DUPFD_CLOEXEC, 0)});
    link_ = std::move(link->first);
    control_ = std::make_shared<unique_fd>(std::move(control->first));
    return os;
  }

  void spawned(process_loop& loop, pid_t pid) {
    pid_ = pid;
    if (!is_worker()) {
      phase_ = phase::running;
      events_.on_started(process_started{nullptr, pid, nullptr});
      return;
    }
    auto self = shared_from_this();
    loop.watch(control_->get(),
               [self, fd = control_] { return self->read_control(fd->get()); });
    link_events calls;
    calls.linked = [self](const caf::expected<caf::actor>& root) {
      self->post([root](auto& x, auto& l) { x.linked(l, root); });
    };
    calls.lost = [self] { self->post([](auto& x, auto& l) { x.lost(l); }); };
    watcher_ =
      open_link(sys_, std::move(link_), spec_.start_within, std::move(calls));
  }

  void linked(process_loop& loop, const caf::expected<caf::actor>& root) {
    if (phase_ != phase::starting)
      return;
    if (!root) { // it is about to end, and its reason is better than CAF's
      ::shutdown(control_->get(), SHUT_WR);
      return kill_after(loop, time_for_words, [](auto&) { return true; });
    }
    phase_ = phase::running;
    events_.on_started(
      process_started{*root, pid_, std::make_shared<channel_sink>(control_)});
  }

  void fail_start(process_errc code, const std::string& text) {
    phase_ = phase::ended;
    cancel_timers();
    events_.on_started(make_process_error(code, text));
  }

  // -- ending -----------------------------------------------------------------

  bool read_control(int fd) { return read_word(fd) != control_state::closed; }

  control_state read_word(int fd) {
    caf::error reason;
    auto state = receive_words(fd, reason);
    if (state == control_state::last_words)
      last_words_ = std::move(reason);
    else if (state == control_state::healthy && phase_ == phase::running
             && events_.on_healthy)
      events_.on_healthy();
    return state;
  }

  /// CAF has told that the root is gone: all that it said before has arrived,
  /// so the worker need not wait for us any longer.
  void lost(process_loop& loop) {
    if (phase_ != phase::running)
      return;
    ::shutdown(control_->get(), SHUT_WR);
    kill_after(loop, time_to_leave, [](auto& x) {
      x.failure_ = process_errc::link_lost;
      return true;
    });
  }

  void exited(const process_exit& how) {
    if (control_) {
      for (auto state = control_state::healthy;
           state == control_state::healthy
           || state == control_state::last_words;)
        state = read_word(control_->get()); // what it said comes before its end
      ::shutdown(control_->get(), SHUT_RDWR); // ends its watch in any case
      control_.reset();
    }
    caf::anon_send_exit(watcher_, caf::exit_reason::kill);
    watcher_ = nullptr;
    cancel_timers();
    auto before = std::exchange(phase_, phase::ended);
    if (before == phase::running)
      events_.on_exit(reason_of(how), how);
    else if (before == phase::starting)
      events_.on_started(start_error(how));
  }

  /// One answer out of three witnesses. A signal overrules what the actor
  /// said, our own reason for having killed it overrules the signal.
  caf::error reason_of(const process_exit& how) const {
    if (last_words_ && !how.by_signal)
      return with_memory_limit(*last_words_);
    if (failure_ != process_errc::none)
      return make_process_error(failure_,
                                to_string(failure_) + ", " + to_string(how));
    return to_error(how);
  }

  /// An allocation that failed under a limit has probably failed for it.
  caf::error with_memory_limit(const caf::error& reason) const {
    auto& limits = spec_.limits;
    auto most = limits.data_bytes ? limits.data_bytes : limits.address_bytes;
    auto text = process_error_text(reason);
    if (!most || text.find("bad_alloc") == std::string::npos)
      return reason;
    return {reason.code(), reason.category(),
            caf::make_message(text + "; memory limit " + in_bytes(*most))};
  }

  caf::error start_error(const process_exit& how) const {
    if (failure_ == process_errc::start_timeout)
      return reason_of(how);
    auto reason = reason_of(how);
    if (reason == process_errc::declined)
      return reason;
    if (reason == process_errc::start_failed) // its factory has said why
      return reason;
    auto text = reason ? process_error_text(reason) : to_string(how);
    return make_process_error(process_errc::start_failed,
                              "ended before it was ready: " + text);
  }

  const std::weak_ptr<process_loop> loop_;
  caf::actor_system& sys_;
  process_child_spec spec_;
  process_child_events events_;
  phase phase_ = phase::starting;
  process_id id_ = 0;
  pid_t pid_ = 0;
  unique_fd link_;
  std::shared_ptr<unique_fd> control_;
  caf::actor watcher_;
  std::optional<caf::error> last_words_;
  process_errc failure_ = process_errc::none; ///< why we killed it
  std::vector<process_loop::timer> timers_;
};

} // namespace

process_child::~process_child() = default;

std::shared_ptr<process_child>
start_process_child(process_host& host,
                    caf::actor_system& sys,
                    process_child_spec spec,
                    process_child_events events) {
  // Not make_shared: timers hold weak pointers, which would keep the memory.
  std::shared_ptr<running_child> child{
    new running_child(host.loop(), sys, std::move(spec), std::move(events))};
  child->start();
  return child;
}

} // namespace actors
