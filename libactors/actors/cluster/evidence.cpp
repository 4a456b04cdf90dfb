#include <actors/cluster/evidence.hpp>

#include <array>
#include <cstdio>

namespace actors {

namespace {

constexpr std::array<const char*, 5> state_words{"alive", "suspect",
                                                 "quarantined", "dead", "left"};

struct kind_words {
  const char* name;
  const char* format; ///< takes value and limit
};

constexpr std::array<kind_words, 12> words{{
  {"silent", "no heartbeat for %.3f s, %.3f s allowed"},
  {"link_lost", "the connection was lost"},
  {"unreachable", "not reached by %.0f of %.0f others"},
  {"reached_by_other", "another node reaches it"},
  {"agreed", "declared by"},
  {"alone", "nobody is heard of: provisional"},
  {"queue_growth", "a queue grows: %.0f, usually %.0f"},
  {"slow_steps", "steps take %.4f s, usually %.4f s"},
  {"log_errors", "%.0f errors in the log, usually %.1f"},
  {"log_fatal", "a fatal line in the log"},
  {"clock_off", "the clock is off by %.3f s, %.3f s allowed"},
  {"detection_slow", "its death is found in %.2f s, wanted %.2f s"},
}};

} // namespace

std::string to_string(node_state x) {
  auto i = static_cast<size_t>(x);
  return i < state_words.size() ? state_words[i] : "unknown";
}

std::string to_string(evidence_kind x) {
  auto i = static_cast<size_t>(x);
  return i < words.size() ? words[i].name : "unknown";
}

std::string describe(const evidence& x) {
  auto i = static_cast<size_t>(x.kind);
  if (i >= words.size())
    return "unknown";
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), words[i].format, x.value, x.limit);
  std::string result = text.data();
  if (!x.detail.empty())
    result += ": " + x.detail;
  return result;
}

std::vector<evidence_kind> kinds_of(evidence_bits bits) {
  std::vector<evidence_kind> result;
  for (size_t i = 0; i < words.size(); ++i)
    if ((bits >> i) & 1U)
      result.push_back(static_cast<evidence_kind>(i));
  return result;
}

} // namespace actors
