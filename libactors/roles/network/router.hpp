#pragma once

#include <actors/process/shared_segment.hpp>
#include <roles/compute/messages.hpp>
#include <roles/compute/worker_pool.hpp>

#include <caf/all.hpp>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

/// `network/router`: brings predictions to the compute workers. It takes the
/// better of two workers chosen at random (by requests under way), gives it the
/// model if it does not have it, and tries another one as soon as it dies.
/// Source: Mitzenmacher (2001), "The power of two choices in randomized load
/// balancing".
namespace roles {

/// A model file that may have to be brought to workers.
struct model_bytes {
  std::string sha256;
  std::string bytes;
};

/// At most `max_infer_rows` rows; answered by `infer_report`, or `unavailable`
/// if no worker could do it in time.
struct route_infer {
  std::shared_ptr<const model_bytes> model;
  uint32_t rows = 0;
  std::string features; ///< as in infer_order
};

/// Answered by `router_load`.
struct get_load {};

/// Requests that have no answer yet.
struct router_load {
  size_t waiting = 0;   ///< for a worker to run
  size_t under_way = 0; ///< with workers
};

/// A request on its way, shared by what is waiting for it.
struct errand {
  route_infer what;
  caf::typed_response_promise<infer_report> promise;
  int attempts = 0;
  uint64_t turn = 0; ///< of the last try: answers to earlier ones are late
  std::string path;  ///< of the worker that has it
};

using errand_ptr = std::shared_ptr<errand>;

struct router_state {
  ~router_state(); // tells those who wait

  struct worker {
    worker_info info;
    std::set<errand_ptr> under_way;
  };

  struct waiting {
    uint64_t number;
    errand_ptr what;
  };

  std::map<std::string, worker> workers; ///< by path
  std::deque<waiting> queue;             ///< while there is no worker
  /// Models as shared memory, the newest first.
  std::deque<std::pair<std::string, actors::segment_ptr>> segments;
  uint64_t random = 0x9e3779b97f4a7c15;
  uint64_t number = 0;
};

caf::behavior router_actor(caf::stateful_actor<router_state>* self,
                           std::shared_ptr<worker_pool> workers);

} // namespace roles

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::route_infer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::get_load)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::router_load)
