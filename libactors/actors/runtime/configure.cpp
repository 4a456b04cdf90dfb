// clang-format off: the order matters
// CAF's worker finds out by a dynamic_cast which actor it resumes, for a logger
// that nobody has: a quarter of all instructions of a message. Its header is
// read here with that left out, so this file has no precompiled header.
#include <caf/logger.hpp>
#undef CAF_PUSH_AID_FROM_PTR
#define CAF_PUSH_AID_FROM_PTR(ignored) static_cast<void>(0)
#include <caf/scheduler/coordinator.hpp>
// clang-format on

#include <actors/runtime/configure.hpp>
#include <actors/runtime/sparing_clock.hpp>
#include <actors/runtime/work_stealing.hpp>

#include <algorithm>
#include <thread>

namespace actors {

namespace {

class coordinator : public caf::scheduler::coordinator<work_stealing> {
public:
  using super = caf::scheduler::coordinator<work_stealing>;

  explicit coordinator(caf::actor_system& sys)
    : super{sys}, sparing_{super::clock()} {}

  static caf::actor_system::module* make(caf::actor_system& sys,
                                         caf::detail::type_list<>) {
    return new coordinator{sys};
  }

  caf::detail::thread_safe_actor_clock& clock() noexcept override {
    return sparing_;
  }

private:
  sparing_clock sparing_;
};

} // namespace

void configure_runtime(caf::actor_system_config& cfg, size_t threads) {
  if (threads == 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  cfg.load<coordinator>();
  cfg.set("scheduler.max-threads", threads)
    .set("scheduler.max-throughput", size_t{200});
}

} // namespace actors
