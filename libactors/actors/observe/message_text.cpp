#include <actors/observe/message_text.hpp>
#include <actors/supervision/error.hpp>

#include <nlohmann/json.hpp>
#include <optional>

namespace actors {

namespace {

using nlohmann::json;

/// One word or value as typed.
struct token {
  std::string text; ///< as typed
  bool bare;        ///< a word: neither a number nor JSON
  json value;       ///< else
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

/// The end of the value that starts at `from`: of a quoted string or a
/// bracketed list or map, or of a word.
size_t end_of_value(std::string_view text, size_t from) {
  size_t depth = 0;
  auto quoted = false;
  for (auto i = from; i < text.size(); ++i) {
    auto c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      depth -= depth > 0;
    } else if (is_blank(c) && depth == 0) {
      return i;
    }
  }
  return text.size();
}

caf::error complain(std::string what,
                    const std::vector<message_signature>& known) {
  what += "; it understands ";
  if (known.empty())
    what += "no messages from the shell";
  for (auto& x : known)
    what += (&x == known.data() ? "" : ", ") + to_string(x);
  return make_sup_error(sup_errc::bad_message, std::move(what));
}

constexpr size_t max_nesting = 64;

bool too_deep(std::string_view text) {
  size_t depth = 0;
  auto quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (quoted) {
      i += c == '\\';
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > max_nesting)
        return true;
    } else if (c == ']' || c == '}') {
      depth -= depth > 0;
    }
  }
  return false;
}

/// Splits the text into values; the error says which one is malformed.
std::optional<std::string> tokenize(std::string_view text,
                                    std::vector<token>& out) {
  for (size_t i = 0; i < text.size();) {
    if (is_blank(text[i])) {
      ++i;
      continue;
    }
    auto end = end_of_value(text, i);
    std::string word{text.substr(i, end - i)};
    i = end;
    if (too_deep(word))
      return "the value is nested more than 64 deep";
    auto value = json::parse(word, nullptr, false);
    auto structured = word.find_first_of("\"[]{}") != std::string::npos;
    if (value.is_discarded() && structured)
      return "'" + word + "' is not valid JSON";
    auto bare = value.is_discarded();
    out.push_back({std::move(word), bare, std::move(value)});
  }
  return std::nullopt;
}

std::string type_name_of(const token& x) {
  if (x.bare)
    return "the word " + x.text;
  if (x.value.is_number_integer())
    return "the integer " + x.text;
  if (x.value.is_number())
    return "the number " + x.text;
  if (x.value.is_string())
    return "the text " + x.text;
  return x.text;
}

/// Appends `x` as a parameter of this type; false if it is none.
bool append(caf::message_builder& to, const token& x, const std::string& type) {
  if (type == "integer") {
    if (x.bare || !x.value.is_number_integer()
        || (x.value.is_number_unsigned()
            && x.value.get<uint64_t>() > uint64_t{INT64_MAX}))
      return false;
    to.append(x.value.get<int64_t>());
  } else if (type == "number") {
    if (x.bare || !x.value.is_number())
      return false;
    to.append(real{x.value.get<double>()});
  } else if (type == "bool") {
    if (x.bare || !x.value.is_boolean())
      return false;
    to.append(x.value.get<bool>());
  } else if (type == "text") {
    if (!x.bare && !x.value.is_string())
      return false;
    to.append(x.bare ? x.text : x.value.get<std::string>());
  } else {
    if ((type == "list" && !x.value.is_array())
        || (type == "map" && !x.value.is_object()))
      return false;
    to.append(json_text{
      x.bare ? json(x.text).dump(-1, ' ', false, json::error_handler_t::replace)
             : x.value.dump()});
  }
  return true;
}

/// The words of `tokens` as this message, or what does not fit.
std::optional<std::string> build(const std::vector<token>& tokens,
                                 const message_signature& as,
                                 caf::message_builder& out) {
  size_t first = as.verb.empty() ? 0 : 1;
  if (tokens.size() - first != as.parameters.size())
    return as.verb + " takes " + std::to_string(as.parameters.size())
           + (as.parameters.size() == 1 ? " value" : " values") + ", got "
           + std::to_string(tokens.size() - first);
  if (first == 1)
    out.append(caf::atom_from_string(as.verb));
  for (size_t i = 0; i < as.parameters.size(); ++i)
    if (!append(out, tokens[first + i], as.parameters[i]))
      return "value " + std::to_string(i + 1) + " must be "
             + (as.parameters[i] == "integer" ? "an " : "a ") + as.parameters[i]
             + ", got " + type_name_of(tokens[first + i]);
  return std::nullopt;
}

json value_of(const caf::message& x, size_t i) {
  if (x.match_element<caf::atom_value>(i))
    return to_string(x.get_as<caf::atom_value>(i));
  if (x.match_element<int64_t>(i))
    return x.get_as<int64_t>(i);
  if (x.match_element<uint64_t>(i))
    return x.get_as<uint64_t>(i);
  if (x.match_element<int32_t>(i))
    return x.get_as<int32_t>(i);
  if (x.match_element<bool>(i))
    return x.get_as<bool>(i);
  if (x.match_element<double>(i))
    return x.get_as<double>(i);
  if (x.match_element<real>(i))
    return x.get_as<real>(i).value;
  if (x.match_element<std::string>(i))
    return x.get_as<std::string>(i);
  if (x.match_element<json_text>(i)) {
    auto value = json::parse(x.get_as<json_text>(i).text, nullptr, false);
    if (!value.is_discarded())
      return value;
  }
  return x.stringify(i);
}

} // namespace

void add_message_text_types(caf::actor_system_config& cfg) {
  cfg.add_message_type<real>("lepton_real");
  cfg.add_message_type<json_text>("lepton_json");
}

caf::expected<caf::message>
parse_message(std::string_view text,
              const std::vector<message_signature>& known) {
  std::vector<token> tokens;
  if (auto problem = tokenize(text, tokens))
    return complain(*problem, known);
  if (tokens.empty())
    return complain("the message is empty", known);
  std::string problem;
  for (auto& x : known) {
    if (!x.verb.empty() && (!tokens[0].bare || tokens[0].text != x.verb))
      continue;
    caf::message_builder builder;
    auto mismatch = build(tokens, x, builder);
    if (!mismatch)
      return builder.to_message();
    problem = *mismatch;
  }
  if (problem.empty())
    problem = "no such message: '" + tokens[0].text + "'";
  return complain(problem, known);
}

std::string to_json(const caf::message& reply) {
  json result;
  if (reply.size() == 1)
    result = value_of(reply, 0);
  else if (reply.size() > 1)
    for (size_t i = 0; i < reply.size(); ++i)
      result.push_back(value_of(reply, i));
  return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace actors
