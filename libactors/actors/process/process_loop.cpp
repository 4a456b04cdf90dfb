#include <actors/process/pidfd.hpp>
#include <actors/process/process_loop.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace actors {

namespace {

using namespace std::chrono_literals;

constexpr auto stop_within = 5s;
constexpr size_t output_turn = 64 << 10;
constexpr size_t output_at_end = 1 << 20;

unique_fd checked(int fd, const char* what) {
  if (fd < 0)
    throw std::system_error{errno, std::system_category(), what};
  return unique_fd{fd};
}

std::vector<std::string> copy_environment() {
  std::vector<std::string> result;
  for (auto i = environ; i && *i; ++i)
    result.emplace_back(*i);
  return result;
}

process_exit to_process_exit(const siginfo_t& info) {
  return {
    info.si_code != CLD_EXITED, info.si_status, info.si_code == CLD_DUMPED, {}};
}

double in_seconds(const timeval& x) {
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) * 1e-6;
}

/// waitid with the resources used, which glibc's leaves out.
long wait_with_usage(int pidfd, siginfo_t& info, rusage& used) {
  return ::syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED, &used);
}

} // namespace

process_loop::process_loop()
  : epoll_{checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
    wake_{checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")},
    environment_{copy_environment()} {
  epoll_event event{EPOLLIN, {.u64 = 0}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0)
    throw std::system_error{errno, std::system_category(), "epoll_ctl"};
  // The thread takes no signals, and its children start with all blocked.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread{[this] { run(); }};
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_setname_np(thread_.native_handle(), "spawner");
}

process_loop::~process_loop() {
  stop();
}

// -- any thread ---------------------------------------------------------------

void process_loop::post(task f) {
  {
    std::lock_guard guard{mutex_};
    tasks_.push_back(std::move(f));
  }
  wake();
}

void process_loop::wake() noexcept {
  uint64_t one = 1;
  [[maybe_unused]] auto n = ::write(wake_.get(), &one, sizeof(one));
}

process_id process_loop::spawn(process_spec spec, process_callbacks callbacks) {
  auto id = ++last_id_;
  ++running_;
  if (std::this_thread::get_id() == thread_.get_id()) {
    start(id, spec, callbacks);
    return id;
  }
  // std::function wants copies, descriptors do not: hence the pointer.
  auto args = std::make_shared<std::pair<process_spec, process_callbacks>>(
    std::move(spec), std::move(callbacks));
  post([this, id, args] { start(id, args->first, args->second); });
  return id;
}

void process_loop::stop() {
  {
    std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  wake();
  if (thread_.joinable())
    thread_.join();
}

// -- the loop -----------------------------------------------------------------

void process_loop::run() {
  std::optional<clock::time_point> give_up;
  for (;;) {
    run_tasks();
    run_timers();
    {
      std::lock_guard guard{mutex_};
      if (stopping_ && !give_up) {
        give_up = clock::now() + stop_within;
        for (auto& entry : children_)
          kill(entry.first);
        timers_.clear();
        timers_.emplace(timer{*give_up, ++last_timer_}, [] {}); // wakes us
      }
      if (give_up && tasks_.empty()
          && (children_.empty() || clock::now() >= *give_up))
        break;
    }
    wait_for_events();
  }
  watched_.clear();
  children_.clear();
  timers_.clear();
  while (!emptying_.empty() && clock::now() < *give_up) {
    std::this_thread::sleep_for(1ms);
    remove_cgroups();
  }
  timers_.clear();
}

void process_loop::run_tasks() {
  std::vector<task> tasks;
  {
    std::lock_guard guard{mutex_};
    tasks.swap(tasks_);
  }
  for (auto& f : tasks)
    f();
}

void process_loop::run_timers() {
  auto now = clock::now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto f = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    f();
  }
}

int process_loop::next_timeout() const {
  if (timers_.empty())
    return -1;
  auto left = timers_.begin()->first.first - clock::now();
  auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<int64_t>(ms, 0, 3'600'000));
}

void process_loop::wait_for_events() {
  std::array<epoll_event, 64> events;
  auto n =
    ::epoll_wait(epoll_.get(), events.data(), events.size(), next_timeout());
  for (int i = 0; i < n; ++i) {
    if (events[i].data.u64 == 0) {
      uint64_t count;
      [[maybe_unused]] auto r = ::read(wake_.get(), &count, sizeof(count));
      continue;
    }
    auto entry = watched_.find(events[i].data.u64);
    if (entry == watched_.end())
      continue;             // forgotten in this very turn
    auto x = entry->second; // it may forget itself
    if (!x->ready())
      forget(events[i].data.u64);
  }
}

process_loop::timer process_loop::post_after(std::chrono::nanoseconds delay,
                                             task f) {
  auto now = clock::now();
  if (delay > clock::time_point::max() - now)
    return {};
  timer x{now + delay, ++last_timer_};
  timers_.emplace(x, std::move(f));
  return x;
}

uint64_t process_loop::watch(int fd, std::function<bool()> f) {
  epoll_event event{EPOLLIN, {.u64 = ++last_watch_}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return 0;
  watched_.emplace(last_watch_,
                   std::make_shared<watched>(watched{fd, std::move(f)}));
  return last_watch_;
}

void process_loop::forget(uint64_t watch) {
  auto entry = watched_.find(watch);
  if (entry == watched_.end())
    return;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, entry->second->fd, nullptr);
  watched_.erase(entry);
}

// -- the children -------------------------------------------------------------

void process_loop::start_guardian() {
  if (guardian_.running())
    return;
  guardian_.start(environment_);
  if (!guardian_.running())
    return;
  watch(guardian_.pidfd(), [this] {
    // Its descriptor must live until this watch has ended.
    post([this] { guardian_.ended(); });
    return false;
  });
  for (auto& entry : children_) { // those that an earlier one knew
    guardian_.add_group(entry.second->os.pid);
    if (entry.second->group)
      guardian_.add_cgroup(entry.second->group->directory());
  }
}

void process_loop::give_notice(const child& x, std::string_view text) {
  if (x.callbacks.on_notice)
    x.callbacks.on_notice(text);
}

std::shared_ptr<cgroup> process_loop::make_cgroup(child& x) {
  if (!x.spec.limits.want_cgroup())
    return nullptr;
  if (!cgroups_)
    cgroups_.emplace();
  std::vector<std::string> notices;
  auto result = cgroups_->make(std::to_string(x.id), x.spec.limits, notices);
  for (auto& text : notices)
    give_notice(x, text);
  if (result)
    guardian_.add_cgroup(result->directory());
  return result;
}

/// Killed members take a moment to be gone, so this tries again.
void process_loop::remove_cgroups() {
  cancel(next_removal_);
  std::erase_if(emptying_, [this](auto& group) {
    auto gone = group->remove();
    if (gone)
      guardian_.remove_cgroup(group->directory());
    return gone;
  });
  if (emptying_.empty())
    return;
  next_removal_ = post_after(removal_delay_, [this] { remove_cgroups(); });
  removal_delay_ = std::min(2 * removal_delay_, 1000ms);
}

void process_loop::start(process_id id,
                         process_spec& spec,
                         process_callbacks& callbacks) {
  {
    std::lock_guard guard{mutex_};
    if (stopping_)
      return refuse(callbacks, {ECANCELED, "the process host is stopping"});
  }
  auto x = std::make_shared<child>();
  x->id = id;
  x->lines = line_splitter{spec.output};
  x->spec = std::move(spec);
  x->callbacks = std::move(callbacks);
  start_guardian();
  x->group = make_cgroup(*x);
  fork_options how;
  how.guardian = guardian_.link();
  how.cgroup = x->group ? x->group->entrance() : -1;
  if (!fork_exec(x->spec, environment_, how, x->os, x->failure)) {
    if (x->group)
      x->group->remove();
    return refuse(x->callbacks, x->failure);
  }
  children_.emplace(id, x);
  // The watches own the child, so its descriptors stay open until they end.
  x->output_watch = watch(x->os.output.get(),
                          [this, x] { return read_output(*x, output_turn); });
  x->error_watch =
    watch(x->os.error.get(), [this, x] { return check_exec(*x); });
  if (watch(x->os.pidfd.get(), [this, x] { return reap(x->id); }) == 0)
    ::kill(x->os.pid, SIGKILL); // cannot be: out of kernel memory
}

void process_loop::refuse(process_callbacks& callbacks,
                          const spawn_failure& why) {
  --running_;
  if (callbacks.on_failed)
    callbacks.on_failed(why);
}

bool process_loop::check_exec(child& x) {
  if (x.state != exec_state::pending)
    return false;
  std::string notice;
  x.state = read_exec_error(x.spec, x.os.error.get(), x.failure, notice);
  if (!notice.empty())
    give_notice(x, notice);
  if (x.state == exec_state::pending)
    return true;
  // Not closed here: the watch that calls us still needs the number.
  post([this, id = x.id] {
    auto entry = children_.find(id);
    if (entry != children_.end())
      entry->second->os.error.reset();
  });
  if (x.state == exec_state::running && x.callbacks.on_spawned)
    x.callbacks.on_spawned(x.os.pid);
  return false;
}

bool process_loop::read_output(child& x, size_t most) {
  std::array<char, 8192> buffer;
  for (size_t done = 0; done < most;) {
    auto n = ::read(x.os.output.get(), buffer.data(), buffer.size());
    if (n < 0)
      return errno == EAGAIN || errno == EINTR;
    if (n == 0)
      return false;
    done += static_cast<size_t>(n);
    if (x.callbacks.on_line)
      x.lines.feed({buffer.data(), static_cast<size_t>(n)}, clock::now(),
                   x.callbacks.on_line);
  }
  return true;
}

bool process_loop::reap(process_id id) {
  auto entry = children_.find(id);
  if (entry == children_.end())
    return false;
  auto x = entry->second;
  auto pidfd = x->os.pidfd.get();
  siginfo_t info{};
  rusage used{};
  auto rc = ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info,
                     WEXITED | WNOHANG | WNOWAIT);
  if (rc == 0 && info.si_pid == 0)
    return true; // not ended after all
  check_exec(*x);
  if (rc == 0)
    ::kill(-x->os.pid, SIGKILL); // until we reap it the number is its own
  guardian_.remove_group(x->os.pid);
  if (rc == 0 && wait_with_usage(pidfd, info, used) != 0)
    rc = -1;
  read_output(*x, output_at_end);
  if (x->callbacks.on_line)
    x->lines.finish(clock::now(), x->callbacks.on_line);
  children_.erase(entry);
  forget(x->output_watch);
  forget(x->error_watch);
  auto how = rc == 0 ? to_process_exit(info) : process_exit{false, -1, {}, {}};
  process_usage usage{in_seconds(used.ru_utime) + in_seconds(used.ru_stime),
                      x->group && x->group->out_of_memory(), x->killed_by_us};
  how.limit = limit_reached(how, x->spec.limits, usage);
  if (x->group) {
    x->group->kill();
    emptying_.push_back(x->group);
    removal_delay_ = 1ms;
    remove_cgroups();
  }
  report_end(*x, how);
  return false;
}

void process_loop::report_end(child& x, const process_exit& how) {
  if (x.state != exec_state::running)
    return refuse(x.callbacks, x.failure);
  --running_;
  if (x.callbacks.on_exit)
    x.callbacks.on_exit(how);
}

void process_loop::signal(process_id id, int number) {
  auto x = children_.find(id);
  if (x != children_.end())
    ::pidfd_send_signal(x->second->os.pidfd.get(), number, nullptr, 0);
}

void process_loop::signal_group(process_id id, int number) {
  auto x = children_.find(id);
  // The group is not there yet if the child has just been forked.
  if (x != children_.end() && ::kill(-x->second->os.pid, number) != 0)
    signal(id, number);
}

void process_loop::kill(process_id id) {
  auto entry = children_.find(id);
  if (entry == children_.end())
    return;
  auto& x = *entry->second;
  x.killed_by_us = true;
  ::pidfd_send_signal(x.os.pidfd.get(), SIGKILL, nullptr, 0);
  ::kill(-x.os.pid, SIGKILL); // safe: not reaped yet
  if (x.group)
    x.group->kill();
}

} // namespace actors
