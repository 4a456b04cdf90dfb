#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace leptond::log {

enum class level : std::uint8_t { trace, debug, info, warn, error };

/// @param word as in `log.level`; anything else is `info`
level level_from(std::string_view word);

/// Opens the process's log on standard error; until then lines are dropped,
/// so that tests are silent. Call it before there are threads.
/// @param format `text`, coloured on a terminal, or `json`: one object a line
void open(std::string_view format, level least);

/// Whether a line of this level would be written; for lines costly to make.
bool wants(level of);

/// Writes one line, whole, from any thread. Whatever `text` and `fields`
/// hold, it stays one line, and one JSON object with `log.format = "json"`.
/// @param component the part of the node that speaks: `api`, `config`
/// @param fields an object; its members follow the text
void write(level of,
           std::string_view component,
           std::string_view text,
           const nlohmann::json& fields = nullptr);

inline void debug(std::string_view component,
                  std::string_view text,
                  const nlohmann::json& fields = nullptr) {
  write(level::debug, component, text, fields);
}

inline void info(std::string_view component,
                 std::string_view text,
                 const nlohmann::json& fields = nullptr) {
  write(level::info, component, text, fields);
}

inline void warn(std::string_view component,
                 std::string_view text,
                 const nlohmann::json& fields = nullptr) {
  write(level::warn, component, text, fields);
}

inline void error(std::string_view component,
                  std::string_view text,
                  const nlohmann::json& fields = nullptr) {
  write(level::error, component, text, fields);
}

/// The two forms of a line, without time and level; pure, for `write`.
std::string text_line(std::string_view component,
                      std::string_view text,
                      const nlohmann::json& fields);
std::string json_line(std::string_view time,
                      level of,
                      std::string_view component,
                      std::string_view text,
                      const nlohmann::json& fields);

} // namespace leptond::log
