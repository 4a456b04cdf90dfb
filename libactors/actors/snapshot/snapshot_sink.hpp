#pragma once

#include <actors/snapshot/snapshot_store.hpp>

#include <caf/all.hpp>

#include <functional>
#include <memory>
#include <string>

namespace actors {

/// Who asks a child for its state and puts the answer into a store, in the
/// thread that answers: no mailbox lies between, so the snapshot is safe before
/// anybody can hear of the child's end. Thread safe.
class snapshot_sink : public caf::monitorable_actor {
public:
  using failure_handler = std::function<void(const caf::error&)>;

  /// @param on_failure called when a snapshot is refused, in the child's thread
  static caf::strong_actor_ptr make(caf::actor_system& sys,
                                    std::shared_ptr<snapshot_store> store,
                                    std::string key,
                                    failure_handler on_failure);

  snapshot_sink(caf::actor_config& cfg,
                std::shared_ptr<snapshot_store> store,
                std::string key,
                failure_handler on_failure);

  ~snapshot_sink() override;

  const char* name() const override { return "snapshot_sink"; }

  /// Takes the answer.
  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* host) override;

private:
  const std::shared_ptr<snapshot_store> store_;
  const std::string key_;
  const failure_handler on_failure_;
};

/// The request for a snapshot whose answer goes to `sink`.
caf::mailbox_element_ptr snapshot_request(caf::strong_actor_ptr sink);

} // namespace actors
