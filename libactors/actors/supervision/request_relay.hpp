#pragma once

#include <caf/all.hpp>

#include <map>
#include <memory>
#include <mutex>

namespace actors {

struct suspicion;

/// Stands for the root actor of a worker process in this process. CAF leaves
/// requests to a peer that is gone unanswered until the asker's own time-out;
/// the relay knows what has not been answered, and when the process ends it
/// tells those who asked, or, with `hold`, gives the requests back to the
/// stable handle for the next incarnation.
///
/// Other messages are passed on as they are; those on their way when the
/// process ends are lost. Thread safe. Cost of a request: an entry in a map
/// under a mutex, twice.
class request_relay : public caf::monitorable_actor {
public:
  /// @param root    what messages are passed on to
  /// @param handle  the child's stable handle
  static caf::actor
  make(caf::actor_system& sys, caf::actor root, const caf::actor& handle);

  /// The relay behind `x`, which must be one.
  static request_relay& of(const caf::actor& x);

  request_relay(caf::actor_config& cfg,
                caf::actor root,
                const caf::actor& handle);

  ~request_relay() override;

  const char* name() const override { return "request_relay"; }

  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* host) override;

  /// The process has ended for this reason. Once.
  void close(const caf::error& why);

private:
  struct request {
    caf::strong_actor_ptr sender;
    caf::message_id id;
    caf::mailbox_element::forwarding_stack stages;
    caf::message content;
    uint32_t crashes; ///< that it is suspected of
  };

  static void refuse(const request& x, caf::error why);
  void ask(caf::mailbox_element& what, caf::execution_unit* host);
  void answer(caf::mailbox_element& what, caf::execution_unit* host);
  void give_back(std::map<uint64_t, request> open, const caf::error& why);

  const caf::actor root_;
  const caf::actor_addr handle_;
  const std::shared_ptr<suspicion> suspect_; ///< null unless messages are held
  std::mutex mutex_;                         // guards what follows
  bool closed_ = false;
  uint64_t last_ = 0;
  std::map<uint64_t, request> open_; ///< in the order of asking
};

} // namespace actors
