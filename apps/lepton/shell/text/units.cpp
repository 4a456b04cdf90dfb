#include <shell/text/units.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace lepton_shell {

namespace {

template <class... Ts>
std::string format(const char* pattern, Ts... xs) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), pattern, xs...);
  return buffer.data();
}

std::tm local_time(double seconds) {
  auto whole = std::isfinite(seconds) && std::abs(seconds) < 1e13
                 ? static_cast<std::time_t>(std::floor(seconds))
                 : std::time_t{0};
  std::tm parts{};
  localtime_r(&whole, &parts);
  return parts;
}

} // namespace

std::string bytes_text(double bytes) {
  constexpr std::array<const char*, 6> units{"B",   "KiB", "MiB",
                                             "GiB", "TiB", "PiB"};
  size_t unit = 0;
  while (bytes >= 1023.95 && unit + 1 < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  return format(unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

std::string span_text(double s) {
  if (!std::isfinite(s))
    return "?";
  if (s <= 0)
    return "0 s";
  if (s < 999.5e-6)
    return format("%.0f µs", s * 1e6);
  if (s < 0.9995)
    return format(s < 0.00995 ? "%.1f ms" : "%.0f ms", s * 1e3);
  if (s < 59.95)
    return format("%.1f s", s);
  auto whole = std::llround(std::min(s, 1e15));
  if (whole < 3600)
    return format("%lldm %02llds", whole / 60, whole % 60);
  if (whole < 86400)
    return format("%lldh %02lldm", whole / 3600, whole / 60 % 60);
  return format("%lldd %02lldh", whole / 86400, whole / 3600 % 24);
}

std::string figure(double x, int digits) {
  return std::isfinite(x) ? format("%.*g", digits, x) : "–";
}

std::string score(double x) {
  return std::isfinite(x) ? format("%.4f", x) : "–";
}

std::string percent(double share) {
  return std::isfinite(share) ? format("%.1f %%", share * 100) : "–";
}

std::string ago(double then, double now) {
  auto age = now - then;
  if (!std::isfinite(age))
    return "?";
  if (age < 1)
    return "just now";
  if (age < 60)
    return format("%.0f s ago", std::floor(age));
  if (age < 3600)
    return format("%.0f min ago", std::floor(age / 60));
  if (age < 86400)
    return format("%.0f h ago", std::floor(age / 3600));
  if (age < 7 * 86400)
    return format("%.0f d ago", std::floor(age / 86400));
  auto parts = local_time(then);
  std::array<char, 32> buffer{};
  std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d", &parts);
  return buffer.data();
}

std::string date_text(double seconds) {
  auto parts = local_time(seconds);
  std::array<char, 32> buffer{};
  std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return buffer.data();
}

std::string clock_text(double seconds) {
  auto parts = local_time(seconds);
  auto fraction = std::isfinite(seconds) ? seconds - std::floor(seconds) : 0;
  return format("%02d:%02d:%02d.%03d", parts.tm_hour, parts.tm_min,
                parts.tm_sec, static_cast<int>(fraction * 1000) % 1000);
}

double now_s() {
  using namespace std::chrono;
  return duration<double>(system_clock::now().time_since_epoch()).count();
}

} // namespace lepton_shell
