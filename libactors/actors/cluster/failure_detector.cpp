#include <actors/cluster/failure_detector.hpp>

namespace actors {

namespace {

constexpr uint32_t derive_every = 16; // heartbeats

/// Of a link that nothing is known of.
constexpr link_quality assumed{std::chrono::milliseconds{5},
                               std::chrono::milliseconds{10}, 0.02};

double seconds(duration x) {
  return std::chrono::duration<double>(x).count();
}

} // namespace

failure_detector::failure_detector(detector_goal goal) : goal_(goal) {}

// -- whom to watch ------------------------------------------------------------

void failure_detector::watch(const std::string& peer, time_point now) {
  monitor x;
  x.timing = derive_timing(goal_, assumed);
  x.until_derived = derive_every;
  x.since = now;
  x.fresh_until = now + goal_.detect_within; // it has to learn of it first
  monitors_[peer] = x;
}

void failure_detector::unwatch(const std::string& peer) {
  monitors_.erase(peer);
}

bool failure_detector::watches(const std::string& peer) const {
  return find(peer) != nullptr;
}

std::vector<std::string> failure_detector::watched() const {
  std::vector<std::string> result;
  for (auto& [name, x] : monitors_)
    result.push_back(name);
  return result;
}

const failure_detector::monitor*
failure_detector::find(const std::string& peer) const {
  auto i = monitors_.find(peer);
  return i == monitors_.end() ? nullptr : &i->second;
}

failure_detector::monitor* failure_detector::find(const std::string& peer) {
  auto i = monitors_.find(peer);
  return i == monitors_.end() ? nullptr : &i->second;
}

// -- inputs -------------------------------------------------------------------

void failure_detector::heartbeat(const std::string& peer,
                                 uint64_t seq,
                                 duration interval,
                                 bool rebased,
                                 time_point now) {
  auto x = find(peer);
  if (!x)
    return;
  auto limit =
    std::chrono::duration_cast<duration>(goal_.detect_within * suspicion_share);
  x->arrivals.arrived(seq, interval, rebased, !was_late_, limit, now);
  x->link_is_lost = false;
  if (--x->until_derived == 0) {
    derive(*x);
    x->until_derived = derive_every;
  }
  // The sender may not have heard yet of another interval.
  auto span = x->timing.interval + x->timing.margin;
  auto margin = std::max(span - x->arrivals.interval(), span / 4);
  x->fresh_until = std::max(x->arrivals.expected() + margin, now);
}

void failure_detector::round_trip(const std::string& peer, duration took) {
  auto x = find(peer);
  if (!x || was_late_ || took < duration{0})
    return;
  x->round_trip =
    x->round_trip == duration{0} ? took : (x->round_trip * 7 + took) / 8;
}

void failure_detector::link_lost(const std::string& peer, time_point now) {
  auto x = find(peer);
  if (!x || x->link_is_lost)
    return;
  x->link_is_lost = true;
  x->link_lost_at = now;
  x->fresh_until = std::min(x->fresh_until, now);
}

void failure_detector::woke(time_point due, time_point now) {
  auto lost = health_.woke(due, now);
  was_late_ = lost > duration{0};
  if (was_late_)
    for (auto& [name, x] : monitors_)
      x.fresh_until += lost;
}

// -- answers ------------------------------------------------------------------

bool failure_detector::late(const std::string& peer, time_point now) const {
  auto x = find(peer);
  return x && now >= x->fresh_until;
}

bool failure_detector::heard(const std::string& peer) const {
  auto x = find(peer);
  return x && x->arrivals.heard();
}

bool failure_detector::lost_link(const std::string& peer) const {
  auto x = find(peer);
  return x && x->link_is_lost;
}

std::optional<time_point> failure_detector::next_deadline() const {
  std::optional<time_point> result;
  for (auto& [name, x] : monitors_)
    if (!result || x.fresh_until < *result)
      result = x.fresh_until;
  return result;
}

duration failure_detector::wanted_interval(const std::string& peer) const {
  auto x = find(peer);
  return x ? x->timing.interval : duration{0};
}

duration failure_detector::probe_budget(const std::string& peer) const {
  auto x = find(peer);
  auto whole = x ? x->timing.detect_within : goal_.detect_within;
  return std::chrono::duration_cast<duration>(whole * (1 - suspicion_share));
}

std::optional<link_report> failure_detector::report(const std::string& peer,
                                                    time_point now) const {
  auto x = find(peer);
  if (!x)
    return std::nullopt;
  auto last = x->arrivals.heard() ? x->arrivals.last_arrival() : x->since;
  return link_report{quality(*x), x->timing, x->arrivals.phi(now), now - last};
}

std::vector<evidence> failure_detector::why(const std::string& peer,
                                            time_point now) const {
  std::vector<evidence> result;
  auto x = find(peer);
  if (!x)
    return result;
  if (x->link_is_lost)
    result.push_back({evidence_kind::link_lost, 0, 0, {}, x->link_lost_at});
  auto last = x->arrivals.heard() ? x->arrivals.last_arrival() : x->since;
  if (now >= x->fresh_until && !x->link_is_lost)
    result.push_back({evidence_kind::silent,
                      seconds(now - last),
                      seconds(x->fresh_until - last),
                      {},
                      x->fresh_until});
  if (!x->timing.reachable)
    result.push_back({evidence_kind::detection_slow,
                      seconds(x->timing.detect_within),
                      seconds(goal_.detect_within), x->timing.why, x->since});
  return result;
}

link_quality failure_detector::quality(const monitor& x) const {
  return {x.round_trip, x.arrivals.jitter(), x.arrivals.loss()};
}

void failure_detector::derive(monitor& x) const {
  x.timing = derive_timing(goal_, quality(x));
}

} // namespace actors
