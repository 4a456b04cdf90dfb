#pragma once

/// The thread behind `process_host`: an epoll loop with a queue of work, timers
/// and the children. Outlived by nobody who holds a weak pointer to it.

#include <actors/process/cgroup.hpp>
#include <actors/process/fork_exec.hpp>
#include <actors/process/guardian.hpp>
#include <actors/process/line_splitter.hpp>
#include <actors/process/process_host.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace actors {

class process_loop {
public:
  using clock = std::chrono::steady_clock;
  using task = std::function<void()>;

  /// When, and a number; the second is 0 for a timer that never fires.
  using timer = std::pair<clock::time_point, uint64_t>;

  // -- any thread -------------------------------------------------------------

  process_loop();
  ~process_loop();

  process_loop(const process_loop&) = delete;
  process_loop& operator=(const process_loop&) = delete;

  /// Runs `f` on the thread, in the order of the calls; never after `stop`.
  void post(task f);

  /// At once when called on the thread, else by `post`.
  process_id spawn(process_spec spec, process_callbacks callbacks);

  /// Kills and reaps everything, then ends the thread. A process that does not
  /// die (the kernel is stuck in it) is left after a few seconds.
  void stop();

  size_t running() const noexcept { return running_; }

  // -- on the thread ----------------------------------------------------------

  void signal(process_id id, int number);

  void signal_group(process_id id, int number);

  void kill(process_id id);

  /// Runs `f` after `delay`, unless it is cancelled or the loop ends before.
  /// Never, if the delay is longer than a clock can tell.
  timer post_after(std::chrono::nanoseconds delay, task f);

  /// Drops a timer, if it has not fired.
  void cancel(const timer& x) { timers_.erase(x); }

  /// Runs `f` whenever `fd` is readable or hung up, until it returns false.
  /// `fd` must stay open until then (let `f` own it).
  /// @returns a number for `forget`, or 0 when the kernel refuses
  uint64_t watch(int fd, std::function<bool()> f);

  /// Ends a watch and drops its function.
  void forget(uint64_t watch);

private:
  struct child {
    process_id id;
    process_spec spec;
    process_callbacks callbacks;
    forked_process os;
    line_splitter lines;
    spawn_failure failure;
    exec_state state = exec_state::pending;
    uint64_t output_watch = 0;
    uint64_t error_watch = 0;
    std::shared_ptr<cgroup>
      group; ///< null: none was asked for, or is to be had
    bool killed_by_us = false;
  };

  struct watched {
    int fd;
    std::function<bool()> ready;
  };

  void run();
  void run_tasks();
  void run_timers();
  void wait_for_events();
  int next_timeout() const;
  void wake() noexcept;

  void start_guardian();
  std::shared_ptr<cgroup> make_cgroup(child& x);
  static void give_notice(const child& x, std::string_view text);
  void remove_cgroups();
  void start(process_id id, process_spec& spec, process_callbacks& callbacks);
  void refuse(process_callbacks& callbacks, const spawn_failure& why);
  bool check_exec(child& x);
  bool read_output(child& x, size_t most);
  bool reap(process_id id);
  void report_end(child& x, const process_exit& how);

  unique_fd epoll_;
  unique_fd wake_;
  std::vector<std::string> environment_;
  std::atomic<process_id> last_id_{0};
  std::atomic<size_t> running_{0};
  std::mutex mutex_; // guards the next two
  std::vector<task> tasks_;
  bool stopping_ = false;
  // The rest belongs to the thread.
  std::map<timer, task> timers_;
  uint64_t last_timer_ = 0;
  guardian guardian_;
  std::optional<cgroup_home> cgroups_; // known when first needed
  std::vector<std::shared_ptr<cgroup>> emptying_;
  timer next_removal_;
  std::chrono::milliseconds removal_delay_{1};
  std::unordered_map<uint64_t, std::shared_ptr<watched>> watched_;
  uint64_t last_watch_ = 0;
  std::unordered_map<process_id, std::shared_ptr<child>> children_;
  std::thread thread_;
};

} // namespace actors
