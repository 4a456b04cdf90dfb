#include <roles/network/router.hpp>

#include <chrono>
#include <cstring>

namespace roles {

/// A request has waited long enough for a worker.
struct waited_enough {
  uint64_t number;
};

} // namespace roles

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::waited_enough)

namespace roles {

namespace {

using self_ptr = caf::stateful_actor<router_state>*;
using promise_type = caf::typed_response_promise<infer_report>;

constexpr auto attempt_within = std::chrono::seconds{10};
constexpr auto worker_within = std::chrono::seconds{10};
constexpr int max_attempts = 4;
constexpr size_t segments_kept = 8;
constexpr size_t max_queue = 1000;

/// One request on its way, shared by its callbacks.
struct errand {
  route_infer what;
  promise_type promise;
  int attempts = 0;
  std::string path; ///< of the worker that has it
};

using errand_ptr = std::shared_ptr<errand>;

void dispatch(self_ptr self, const errand_ptr& e);

uint64_t next_random(uint64_t& x) { // xorshift64, Marsaglia (2003)
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return x;
}

router_state::worker* choose(router_state& st) {
  if (st.workers.empty())
    return nullptr;
  auto pick = [&] {
    auto i = st.workers.begin();
    std::advance(i, next_random(st.random) % st.workers.size());
    return &i->second;
  };
  auto* a = pick();
  auto* b = pick();
  return a->under_way <= b->under_way ? a : b;
}

caf::expected<actors::segment_ptr> segment_of(router_state& st,
                                              const model_bytes& model) {
  for (auto& [name, segment] : st.segments)
    if (name == model.sha256)
      return segment;
  auto segment = actors::shared_segment::create(model.bytes.size(), "model");
  if (!segment)
    return std::move(segment.error());
  std::memcpy((*segment)->data(), model.bytes.data(), model.bytes.size());
  st.segments.emplace_front(model.sha256, *segment);
  if (st.segments.size() > segments_kept)
    st.segments.pop_back();
  return segment;
}

void settle(self_ptr self, const errand& e) {
  auto i = self->state.workers.find(e.path);
  if (i != self->state.workers.end() && i->second.under_way > 0)
    --i->second.under_way;
}

void on_failure(self_ptr self, const errand_ptr& e, const caf::error& why) {
  settle(self, *e);
  if (why == role_errc::bad_content || ++e->attempts >= max_attempts)
    e->promise.deliver(why == role_errc::bad_content
                         ? why
                         : make_role_error(role_errc::unavailable,
                                           "no worker could compute it; try "
                                           "again"));
  else
    dispatch(self, e);
}

/// Brings the model to the worker, then the request again.
void bring_model(self_ptr self, const errand_ptr& e) {
  auto i = self->state.workers.find(e->path);
  if (i == self->state.workers.end()) {
    on_failure(self, e, caf::sec::request_receiver_down);
    return;
  }
  auto worker = i->second.info;
  auto segment = segment_of(self->state, *e->what.model);
  auto error = segment ? worker.memory->offer(*segment) : segment.error();
  if (error) {
    on_failure(self, e, error);
    return;
  }
  self
    ->request(worker.handle, attempt_within,
              load_order{e->what.model->sha256, (*segment)->id(),
                         e->what.model->bytes.size()})
    .then(
      [self, e] {
        settle(self, *e);
        dispatch(self, e);
      },
      [self, e](const caf::error& why) { on_failure(self, e, why); });
}

void dispatch(self_ptr self, const errand_ptr& e) {
  auto* worker = choose(self->state);
  if (!worker) {
    if (self->state.queue.size() >= max_queue) {
      e->promise.deliver(
        make_role_error(role_errc::unavailable, "too many wait for a worker"));
      return;
    }
    auto number = ++self->state.number;
    self->state.queue.push_back({number, e->what, e->promise});
    self->delayed_send(self, worker_within, waited_enough{number});
    return;
  }
  ++worker->under_way;
  e->path = worker->info.path;
  self
    ->request(
      worker->info.handle, attempt_within,
      infer_order{e->what.model->sha256, e->what.rows, e->what.features})
    .then(
      [self, e](infer_report& report) {
        settle(self, *e);
        e->promise.deliver(std::move(report));
      },
      [self, e](const caf::error& why) {
        if (why == role_errc::need_model && e->attempts < max_attempts) {
          ++e->attempts;
          bring_model(self, e);
        } else {
          on_failure(self, e, why);
        }
      });
}

void on_worker(self_ptr self, const worker_change& x) {
  auto& st = self->state;
  if (!x.up) {
    st.workers.erase(x.worker.path);
    return;
  }
  st.workers[x.worker.path] = {x.worker, 0};
  auto queue = std::move(st.queue);
  st.queue.clear();
  for (auto& w : queue)
    dispatch(self, std::make_shared<errand>(
                     errand{std::move(w.what), w.promise, 0, {}}));
}

void on_waited(self_ptr self, waited_enough x) {
  std::erase_if(self->state.queue, [&](auto& w) {
    if (w.number != x.number)
      return false;
    w.promise.deliver(make_role_error(role_errc::unavailable,
                                      "no compute worker runs; try again"));
    return true;
  });
}

} // namespace

caf::behavior router_actor(self_ptr self,
                           std::shared_ptr<worker_pool> workers) {
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  workers->subscribe(caf::actor{self});
  return {
    [self](const worker_change& x) { on_worker(self, x); },
    [self](waited_enough x) { on_waited(self, x); },
    [self](route_infer& x) -> caf::result<infer_report> {
      auto promise = self->make_response_promise<promise_type>();
      dispatch(self,
               std::make_shared<errand>(errand{std::move(x), promise, 0, {}}));
      return promise;
    },
  };
}

} // namespace roles
