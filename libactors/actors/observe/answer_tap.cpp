#include <actors/observe/answer_tap.hpp>
#include <actors/observe/message_brief.hpp>
#include <actors/supervision/error.hpp>

namespace actors {

namespace {

std::string text_of_answer(const caf::type_erased_tuple& x) {
  if (x.match_elements<caf::error>())
    return text_of(x.get_as<caf::error>(0));
  return message_brief(x);
}

} // namespace

void answer_tap::insert(caf::actor_system& sys,
                        caf::mailbox_element& request,
                        std::shared_ptr<trace_buffer> trace,
                        uint64_t number,
                        caf::actor_control_block* whom) {
  caf::actor_config cfg;
  auto tap = caf::make_actor<answer_tap, caf::strong_actor_ptr>(
    sys.next_actor_id(), sys.node(), &sys, cfg, std::move(trace), number, whom);
  request.stages.push_back(std::move(tap));
}

answer_tap::answer_tap(caf::actor_config& cfg,
                       std::shared_ptr<trace_buffer> trace,
                       uint64_t number,
                       caf::actor_control_block* whom)
  : caf::monitorable_actor{cfg},
    trace_{std::move(trace)},
    number_{number},
    whom_{whom} {}

answer_tap::~answer_tap() = default;

/// The answer comes with the asker as its sender, the request's id, and the
/// stages that are left.
void answer_tap::enqueue(caf::mailbox_element_ptr what,
                         caf::execution_unit* host) {
  if (!answered_.exchange(true))
    note(text_of_answer(what->content()),
         what->content().match_elements<caf::error>() ? "failed" : "answered");
  if (!what->stages.empty()) {
    auto next = std::move(what->stages.back());
    what->stages.pop_back();
    next->enqueue(std::move(what), host);
    return;
  }
  if (auto asker = std::move(what->sender))
    asker->enqueue(whom_.lock(), what->mid.response_id(),
                   what->move_content_to_message(), host);
}

void answer_tap::note_refusal(
  const caf::mailbox_element::forwarding_stack& stages, const caf::error& why) {
  for (auto& x : stages)
    if (auto* tap =
          dynamic_cast<answer_tap*>(caf::actor_cast<caf::abstract_actor*>(x));
        tap && !tap->answered_.exchange(true))
      tap->note(text_of(why), "failed");
}

void answer_tap::on_destroy() {
  if (!answered_.exchange(true))
    note({}, "unanswered");
  if (!getf(is_cleaned_up_flag))
    cleanup(caf::exit_reason::unreachable, nullptr);
  caf::monitorable_actor::on_destroy();
}

void answer_tap::note(std::string text, std::string outcome) {
  using namespace std::chrono;
  traced_message x;
  x.answers = number_;
  x.message = std::move(text);
  x.outcome = std::move(outcome);
  x.latency_us =
    duration_cast<microseconds>(trace_buffer::clock::now() - since_).count();
  trace_->add(std::move(x));
}

} // namespace actors
