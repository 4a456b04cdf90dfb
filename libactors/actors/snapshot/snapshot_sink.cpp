#include <actors/snapshot/snapshot_sink.hpp>
#include <actors/supervision/snapshots.hpp>

namespace actors {

caf::strong_actor_ptr snapshot_sink::make(caf::actor_system& sys,
                                          std::shared_ptr<snapshot_store> store,
                                          std::string key,
                                          failure_handler on_failure) {
  caf::actor_config cfg;
  return caf::make_actor<snapshot_sink, caf::strong_actor_ptr>(
    sys.next_actor_id(), sys.node(), &sys, cfg, std::move(store),
    std::move(key), std::move(on_failure));
}

snapshot_sink::snapshot_sink(caf::actor_config& cfg,
                             std::shared_ptr<snapshot_store> store,
                             std::string key,
                             failure_handler on_failure)
  : caf::monitorable_actor{cfg},
    store_{std::move(store)},
    key_{std::move(key)},
    on_failure_{std::move(on_failure)} {}

snapshot_sink::~snapshot_sink() = default;

void snapshot_sink::enqueue(caf::mailbox_element_ptr what,
                            caf::execution_unit*) {
  if (!what->mid.is_response())
    return;
  auto answer = what->move_content_to_message();
  if (answer.match_elements<std::string>())
    store_->save(key_, std::move(answer.get_mutable_as<std::string>(0)));
  else if (answer.match_elements<caf::error>())
    on_failure_(answer.get_as<caf::error>(0));
  else
    on_failure_(caf::error{caf::sec::unexpected_response});
}

caf::mailbox_element_ptr snapshot_request(caf::strong_actor_ptr sink) {
  constexpr uint64_t any = 1; // the sink has no other requests to tell it from
  auto id = caf::message_id{any}.with_category(
    caf::message_id::normal_message_category);
  return caf::make_mailbox_element(std::move(sink), id, {},
                                   snapshot_atom::value);
}

} // namespace actors
