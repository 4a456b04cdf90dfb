#pragma once

#include <shell/net/api.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Members of the node's answers, read for people: a member that is missing or
/// null is empty, never a failure. Pure, any thread.

namespace lepton_shell {

/// Returns the member as text; numbers and booleans as they are written.
std::string text_of(const json& object, std::string_view name);

/// Returns the member as a number, NaN if it is none.
double number_of(const json& object, std::string_view name);

/// Returns a whole number as text, empty if the member is none.
std::string count_of(const json& object, std::string_view name);

/// Returns the member, or null.
const json& member(const json& object, std::string_view name);

/// Returns the texts of a list joined by `separator`.
std::string joined(const json& list, std::string_view separator = " ");

/// Returns a list of numbers or strings as texts.
std::vector<std::string> texts_of(const json& list);

/// Returns a matrix of numbers; rows of another length are left out.
std::vector<std::vector<double>> matrix_of(const json& rows);

/// Returns seconds since 1970 of a time given as a number of seconds or as
/// ISO 8601 in UTC (`2026-01-31T12:00:00.250Z`), NaN if it is neither.
double time_of(const json& value);

/// Returns the value without quotes if it is a string, else as JSON.
std::string plain(const json& value);

} // namespace lepton_shell
