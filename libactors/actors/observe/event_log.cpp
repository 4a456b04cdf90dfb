#include <actors/observe/event_log.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace actors {

namespace {

std::string duration_text(int64_t us) {
  char text[32];
  if (us < 1000)
    std::snprintf(text, sizeof text, "%lld us", static_cast<long long>(us));
  else if (us < 1'000'000)
    std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(us) / 1e3);
  else
    std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(us) / 1e6);
  return text;
}

/// A text of any length and layout as part of one line. The event keeps it.
std::string in_one_line(std::string text) {
  constexpr size_t longest = 500;
  if (text.size() > longest) {
    auto end = longest; // not in the middle of a UTF-8 character
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
      --end;
    text = text.substr(0, end) + "...";
  }
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < 0x20)
      c = ' ';
  return text;
}

/// `permanent process 4711`
std::string carrier_text(const event& x) {
  auto text = x.restart + (x.restart.empty() ? "" : " ") + x.carrier;
  return x.pid == 0 ? text : text + " " + std::to_string(x.pid);
}

} // namespace

void set_path(event& x, std::string path) {
  auto slash = path.rfind('/');
  x.supervisor = slash == path.npos ? "" : path.substr(0, slash);
  x.child = slash == path.npos ? "" : path.substr(slash + 1);
  x.path = std::move(path);
}

std::string to_line(const event& x) {
  auto line = x.kind + " " + x.path;
  if (x.incarnation > 0)
    line += " #" + std::to_string(x.incarnation);
  if (!x.carrier.empty())
    line += " (" + carrier_text(x) + ")";
  if (!x.reason.empty())
    line += ": " + x.reason;
  if (!x.text.empty())
    line += (x.reason.empty() ? ": " : ", ") + in_one_line(x.text);
  if (!x.message.empty())
    line += ", message: " + x.message;
  if (x.duration_us >= 0)
    line += ", after " + duration_text(x.duration_us);
  if (x.restarts_left >= 0)
    line += ", " + std::to_string(x.restarts_left) + " restarts left";
  return line;
}

void event_log::add(event x) {
  using namespace std::chrono;
  std::vector<listener> listeners;
  {
    std::lock_guard guard{mutex_};
    x.id = ++last_id_;
    x.time_ms =
      duration_cast<milliseconds>(system_clock::now().time_since_epoch())
        .count();
    events_.push_back(x);
    if (events_.size() > capacity_)
      events_.pop_front();
    listeners = listeners_;
  }
  for (auto& f : listeners)
    f(x);
}

std::vector<event> event_log::since(uint64_t id, size_t limit) const {
  std::lock_guard guard{mutex_};
  auto first = std::upper_bound(
    events_.begin(), events_.end(), id,
    [](uint64_t value, const event& x) { return value < x.id; });
  std::vector<event> result;
  for (; first != events_.end() && result.size() < limit; ++first)
    result.push_back(*first);
  return result;
}

uint64_t event_log::last_id() const {
  std::lock_guard guard{mutex_};
  return last_id_;
}

void event_log::listen(listener f) {
  std::lock_guard guard{mutex_};
  listeners_.push_back(std::move(f));
}

} // namespace actors
