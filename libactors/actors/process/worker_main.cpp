#include <actors/process/control_channel.hpp>
#include <actors/process/process_error.hpp>
#include <actors/process/worker_invocation.hpp>
#include <actors/process/worker_link.hpp>
#include <actors/process/worker_main.hpp>
#include <actors/runtime/configure.hpp>

#include <caf/all.hpp>
#include <caf/io/middleman.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <iostream>
#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace actors {

namespace {

/// Whether this process has a supervisor behind `control_fd`.
std::atomic<bool> is_worker{false};

enum exit_code : int { ended = 0, failed = 1, misused = 2, orphaned = 3 };

/// How long an ended worker waits for its supervisor to have read everything.
constexpr int farewell_ms = 250;

/// How long the root's end may take from CAF's notice of it to ours.
constexpr int notice_ms = 50;

[[noreturn]] void leave(int code) {
  if (code != orphaned) // nobody would read it, and a write could block
    std::fflush(nullptr);
  ::_exit(code);
}

[[noreturn]] void fail_start(const std::string& text,
                             process_errc code = process_errc::start_failed) {
  auto why = make_process_error(code, text);
  send_last_words(worker_invocation::control_fd, why, text);
  leave(failed);
}

bool is_socket(int fd, int type) {
  int actual = 0;
  socklen_t length = sizeof(actual);
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &actual, &length) == 0
         && actual == type && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/// Blocks what is read from the descriptor instead. Before any thread.
unique_fd take_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return unique_fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
}

bool is_asked_for(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::user_shutdown;
}

std::string text_of(const caf::actor_system& sys, const caf::error& reason) {
  if (!reason || reason.context().empty())
    return {};
  auto& context = reason.context();
  return context.match_elements<std::string>() ? process_error_text(reason)
                                               : sys.render(reason);
}

void configure(caf::actor_system_config& cfg,
               const worker_invocation& call,
               const worker_options& options) {
  cfg.load<caf::io::middleman>();
  configure_runtime(cfg, std::max<size_t>(options.threads, 1));
  cfg.set("middleman.workers", size_t{0});
  cfg.set("middleman.heartbeat-interval", caf::timespan{call.heartbeat});
  cfg.set("middleman.connection-timeout", caf::timespan{call.timeout});
  if (!call.app_ids.empty())
    cfg.set("middleman.app-identifiers", call.app_ids);
  add_process_errors(cfg);
  if (options.configure)
    options.configure(cfg);
}

/// An actor system whose node id is not the supervisor's. An id is made of the
/// machine, the pid and a count of systems in the process; pids come back and
/// are equal in different namespaces, so the count is moved.
class worker_system {
public:
  worker_system(const worker_invocation& call, const worker_options& options) {
    configure(config_, call, options);
    for (uint64_t i = 0; i <= call.serial % 16; ++i)
      caf::node_id::default_data::local(config_);
    do {
      system_.emplace(config_);
    } while (caf::to_string(system_->node()) == call.parent_node);
  }

  caf::actor_system& operator*() { return *system_; }

private:
  caf::actor_system_config config_;
  std::optional<caf::actor_system> system_;
};

/// One worker from the first actor to the last word. Never destroyed.
class worker {
public:
  worker(const worker_invocation& call,
         const worker_options& options,
         progress_mark progress)
    : signals_{take_signals()},
      root_ended_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      link_{::fcntl(worker_invocation::link_fd, F_DUPFD_CLOEXEC, 5)},
      system_{call, options},
      context_{call.path, call.args,
               std::make_shared<channel_source>(control_fd),
               std::move(progress)} {}

  [[noreturn]] void run(const worker_factory& factory) {
    try {
      root_ = factory(*system_, context_);
    } catch (const worker_declines&) {
      fail_start("declined to start", process_errc::declined);
    } catch (const std::exception& e) {
      fail_start(e.what());
    } catch (...) {
      fail_start("an exception that is no std::exception");
    }
    if (!root_)
      fail_start("the factory made no actor");
    watch_root();
    pollfd ended_already{root_ended_.get(), POLLIN, 0};
    if (::poll(&ended_already, 1, 0) > 0)
      leave(code_);
    offer_root(*system_, unique_fd{worker_invocation::link_fd}, root_);
    for (;;)
      wait(-1);
  }

private:
  static constexpr int control_fd = worker_invocation::control_fd;

  void watch_root() {
    auto actor = caf::actor_cast<caf::abstract_actor*>(root_);
    actor->attach_functor([this](const caf::error& reason) {
      send_last_words(control_fd, reason, text_of(*system_, reason));
      code_ = is_asked_for(reason) ? ended : failed;
      ::eventfd_write(root_ended_.get(), 1);
    });
  }

  /// Waits for one of: the request to stop, the root's end, the link's end.
  void wait(int timeout_ms) {
    pollfd fds[] = {{signals_.get(), POLLIN, 0},
                    {root_ended_.get(), POLLIN, 0},
                    {link_.get(), POLLRDHUP, 0},
                    {control_fd, POLLRDHUP, 0}};
    if (::poll(fds, 4, timeout_ms) <= 0)
      return;
    if (fds[1].revents != 0)
      say_farewell();
    if (fds[2].revents != 0 || fds[3].revents != 0)
      leave_orphaned();
    if (fds[0].revents != 0)
      stop_root();
  }

  /// The supervisor hears of the root's end by CAF, and may have answered it
  /// before we know of it.
  [[noreturn]] void leave_orphaned() {
    pollfd ended_too{root_ended_.get(), POLLIN, 0};
    ::poll(&ended_too, 1, notice_ms);
    leave(ended_too.revents != 0 ? code_.load() : orphaned);
  }

  void stop_root() {
    signalfd_siginfo info;
    while (::read(signals_.get(), &info, sizeof(info)) > 0)
      caf::anon_send_exit(root_, caf::exit_reason::user_shutdown);
  }

  /// The root's last messages are on their way out. The supervisor half-closes
  /// the control socket when it has seen the root's end behind them.
  [[noreturn]] void say_farewell() {
    pollfd fds[] = {{link_.get(), POLLRDHUP, 0}, {control_fd, POLLRDHUP, 0}};
    ::poll(fds, 2, farewell_ms);
    leave(code_);
  }

  unique_fd signals_;
  unique_fd root_ended_;
  unique_fd link_; ///< a second descriptor: CAF closes the first when it ends
  worker_system system_;
  worker_context context_;
  caf::actor root_;
  std::atomic<int> code_{ended};
};

int refuse(const std::string& problem) {
  std::cerr << worker_invocation::flag << ": " << problem << std::endl;
  return misused;
}

void trim_process(const std::string& type) {
  ::mallopt(M_ARENA_MAX, 2); // an arena per thread is what idle memory is
  ::prctl(PR_SET_NAME, ("worker:" + type).substr(0, 15).c_str());
}

} // namespace

bool worker_is_healthy() {
  if (is_worker)
    send_healthy(worker_invocation::control_fd);
  return is_worker;
}

std::optional<int> worker_main(int argc,
                               char** argv,
                               const worker_registry& registry,
                               const worker_options& options) {
  if (argc < 2 || std::string{argv[1]} != worker_invocation::flag)
    return std::nullopt;
  std::string problem;
  auto call = parse_worker_invocation({argv + 1, argv + argc}, problem);
  if (!call)
    return refuse(problem);
  if (!is_socket(worker_invocation::link_fd, SOCK_STREAM)
      || !is_socket(worker_invocation::control_fd, SOCK_SEQPACKET))
    return refuse("is for supervisors to use, which pass descriptors 3 and 4");
  trim_process(call->type);
  auto entry = registry.find(call->type);
  if (entry == registry.end())
    fail_start("this program has no actor type '" + call->type + "'");
  is_worker = true;
  auto progress = progress_mark::from(worker_invocation::progress_fd);
  // Never freed: the process ends by _exit, while actors may still run.
  worker* self = nullptr;
  try {
    self = new worker(*call, options, std::move(progress));
  } catch (const std::exception& e) {
    fail_start(e.what());
  }
  self->run(entry->second);
}

} // namespace actors
