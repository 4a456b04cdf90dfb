#include <leptond/core/text.hpp>
#include <leptond/observe/log.hpp>

#include <array>
#include <chrono>
#include <ctime>
#include <memory>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

namespace leptond::log {

namespace {

struct open_log {
  std::shared_ptr<spdlog::logger> logger;
  bool json = false;
};

open_log& current() {
  static open_log the_log;
  return the_log;
}

constexpr std::array<std::string_view, 5> words = {"trace", "debug", "info",
                                                   "warn", "error"};

spdlog::level::level_enum native(level of) {
  return static_cast<spdlog::level::level_enum>(of);
}

std::string dump(const nlohmann::json& value) {
  using handling = nlohmann::json::error_handler_t;
  return value.dump(-1, ' ', false, handling::replace);
}

/// `2026-11-23T15:28:14.123Z`
std::string utc_now() {
  const auto now = std::chrono::system_clock::now();
  const auto since = now.time_since_epoch();
  const auto ms =
    std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const auto length =
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  const auto fraction = std::to_string(1000 + ms % 1000);
  return std::string{text.data(), length} + '.' + fraction.substr(1) + 'Z';
}

} // namespace

level level_from(std::string_view word) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words.at(i) == word)
      return static_cast<level>(i);
  return level::info;
}

void open(std::string_view format, level least) {
  auto& log = current();
  log.json = format == "json";
  // The sink colours by itself, and only on a terminal.
  auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>();
  log.logger = std::make_shared<spdlog::logger>("leptond", std::move(sink));
  log.logger->set_level(native(least));
  log.logger->set_pattern(log.json ? "%v" : "%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %v");
  log.logger->flush_on(spdlog::level::trace);
}

bool wants(level of) {
  const auto& logger = current().logger;
  return logger && logger->should_log(native(of));
}

std::string text_line(std::string_view component,
                      std::string_view text,
                      const nlohmann::json& fields) {
  auto line = printable(component) + ": " + printable(text);
  if (fields.is_object())
    for (const auto& [name, value] : fields.items())
      line += ' ' + printable(name) + '=' + dump(value);
  return line;
}

std::string json_line(std::string_view time,
                      level of,
                      std::string_view component,
                      std::string_view text,
                      const nlohmann::json& fields) {
  nlohmann::ordered_json line;
  line["time"] = time;
  line["level"] = words.at(static_cast<std::size_t>(of));
  line["component"] = component;
  line["text"] = text;
  if (fields.is_object())
    for (const auto& [name, value] : fields.items())
      if (!line.contains(name))
        line[name] = nlohmann::ordered_json(value);
  using handling = nlohmann::ordered_json::error_handler_t;
  return line.dump(-1, ' ', false, handling::replace);
}

void write(level of,
           std::string_view component,
           std::string_view text,
           const nlohmann::json& fields) {
  if (!wants(of))
    return;
  const auto& log = current();
  const auto line = log.json ? json_line(utc_now(), of, component, text, fields)
                             : text_line(component, text, fields);
  log.logger->log(native(of), spdlog::string_view_t{line});
}

} // namespace leptond::log
