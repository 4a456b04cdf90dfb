#include <roles/network/router.hpp>

#include <chrono>
#include <cstring>

namespace roles {

/// A request has waited long enough for a worker.
struct waited_enough {
  uint64_t number;
};

/// A request that failed is to be tried again.
struct try_again {
  errand_ptr what;
};

} // namespace roles

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::waited_enough)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::try_again)

namespace roles {

namespace {

using self_ptr = caf::stateful_actor<router_state>*;
using promise_type = caf::typed_response_promise<infer_report>;

constexpr auto attempt_within = std::chrono::seconds{10};
constexpr auto worker_within = std::chrono::seconds{10};
constexpr auto first_pause = std::chrono::milliseconds{10}; // then twice, ...
constexpr int max_attempts = 8;
constexpr size_t segments_kept = 8;
constexpr size_t max_queue = 1000;

void dispatch(self_ptr self, const errand_ptr& e);
void give(self_ptr self, router_state::worker& worker, const errand_ptr& e);

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
  return a->under_way.size() <= b->under_way.size() ? a : b;
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

void settle(self_ptr self, const errand_ptr& e) {
  auto i = self->state.workers.find(e->path);
  if (i != self->state.workers.end())
    i->second.under_way.erase(e);
}

/// Tries again, after a pause: a worker that dies is known to be dead only a
/// little later, and restarts take a moment.
void on_failure(self_ptr self, const errand_ptr& e, const caf::error& why) {
  settle(self, e);
  ++e->turn;
  if (why == role_errc::bad_content)
    e->promise.deliver(why);
  else if (++e->attempts >= max_attempts)
    e->promise.deliver(make_role_error(
      role_errc::unavailable, "no worker could compute it; try again"));
  else
    self->delayed_send(self, first_pause * (1 << e->attempts), try_again{e});
}

/// Runs `f` unless the errand has been given to somebody else since.
template <class F>
auto if_still(const errand_ptr& e, F f) {
  return [e, turn = e->turn, f](auto&&... xs) {
    if (e->turn == turn)
      f(xs...);
  };
}

/// Brings the model to the worker that lacks it, then the request again.
void bring_model(self_ptr self, const errand_ptr& e) {
  auto i = self->state.workers.find(e->path);
  if (i == self->state.workers.end()) {
    on_failure(self, e, caf::sec::request_receiver_down);
    return;
  }
  auto& model = *e->what.model;
  auto segment = segment_of(self->state, model);
  auto error =
    segment ? i->second.info.memory->offer(*segment) : segment.error();
  if (error) {
    on_failure(self, e, error);
    return;
  }
  auto loaded = [self, e] {
    auto worker = self->state.workers.find(e->path);
    if (worker != self->state.workers.end())
      give(self, worker->second, e);
  };
  auto failed = [self, e](const caf::error& why) { on_failure(self, e, why); };
  self
    ->request(i->second.info.handle, attempt_within,
              load_order{model.sha256, (*segment)->id(), model.bytes.size()})
    .then([f = if_still(e, loaded)] { f(); },
          [f = if_still(e, failed)](const caf::error& why) { f(why); });
}

void give(self_ptr self, router_state::worker& worker, const errand_ptr& e) {
  worker.under_way.insert(e);
  e->path = worker.info.path;
  ++e->turn;
  auto done = [self, e](infer_report& report) {
    settle(self, e);
    e->promise.deliver(std::move(report));
  };
  auto failed = [self, e](const caf::error& why) {
    if (why == role_errc::need_model && ++e->attempts < max_attempts)
      bring_model(self, e);
    else
      on_failure(self, e, why);
  };
  self
    ->request(
      worker.info.handle, attempt_within,
      infer_order{e->what.model->sha256, e->what.rows, e->what.features})
    .then([f = if_still(e, done)](infer_report& report) { f(report); },
          [f = if_still(e, failed)](const caf::error& why) { f(why); });
}

void dispatch(self_ptr self, const errand_ptr& e) {
  auto& st = self->state;
  if (auto* worker = choose(st)) {
    give(self, *worker, e);
  } else if (st.queue.size() >= max_queue) {
    e->promise.deliver(
      make_role_error(role_errc::unavailable, "too many wait for a worker"));
  } else {
    st.queue.push_back({++st.number, e});
    self->delayed_send(self, worker_within, waited_enough{st.number});
  }
}

void on_worker(self_ptr self, const worker_change& x) {
  auto& st = self->state;
  if (x.up) {
    st.workers[x.worker.path] = {x.worker, {}};
    auto queue = std::move(st.queue);
    st.queue.clear();
    for (auto& w : queue)
      dispatch(self, w.what);
    return;
  }
  auto i = st.workers.find(x.worker.path);
  if (i == st.workers.end())
    return;
  auto orphans = std::move(i->second.under_way);
  st.workers.erase(i);
  // CAF does not tell who waits for a process that was killed.
  for (auto& e : orphans)
    on_failure(self, e, caf::sec::request_receiver_down);
}

void on_waited(self_ptr self, waited_enough x) {
  std::erase_if(self->state.queue, [&](auto& w) {
    if (w.number != x.number)
      return false;
    w.what->promise.deliver(make_role_error(
      role_errc::unavailable, "no compute worker runs; try again"));
    return true;
  });
}

router_load load_of(const router_state& st) {
  router_load load{st.queue.size(), 0};
  for (auto& [path, worker] : st.workers)
    load.under_way += worker.under_way.size();
  return load;
}

} // namespace

router_state::~router_state() {
  auto tell = [](errand& e) { // a promise that is dropped never answers
    e.promise.deliver(make_role_error(
      role_errc::unavailable, "the router is being restarted; try again"));
  };
  for (auto& x : queue)
    tell(*x.what);
  for (auto& [path, x] : workers)
    for (auto& e : x.under_way)
      tell(*e);
}

caf::behavior router_actor(self_ptr self,
                           std::shared_ptr<worker_pool> workers) {
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  workers->subscribe(caf::actor{self});
  return {
    [self](const worker_change& x) { on_worker(self, x); },
    [self](waited_enough x) { on_waited(self, x); },
    [self](const try_again& x) { dispatch(self, x.what); },
    [self](get_load) { return load_of(self->state); },
    [self](route_infer& x) -> caf::result<infer_report> {
      auto promise = self->make_response_promise<promise_type>();
      auto e = std::make_shared<errand>();
      e->what = std::move(x);
      e->promise = promise;
      dispatch(self, e);
      return promise;
    },
  };
}

} // namespace roles
