#include <models/core/parameters.hpp>
#include <shell/core/errors.hpp>
#include <shell/core/parse.hpp>
#include <shell/text/tokens.hpp>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdlib>
#include <fstream>

namespace lepton_shell {

namespace {

/// `-o` of `-o,--output`: the key of its value.
std::string key_of(const option& o) {
  return o.flag.substr(0, o.flag.find(','));
}

/// What a mistyped flag is compared to.
std::string long_name(const option& o) {
  auto comma = o.flag.find(',');
  return comma == std::string::npos ? o.flag : o.flag.substr(comma + 1);
}

/// A CLI11 parser for a set of flags; what is none stays in `remaining`.
class parser {
public:
  explicit parser(const std::vector<option>& options) {
    app_.set_help_flag("");
    app_.add_flag("-h,--help", help_);
    for (auto& o : options) {
      flags_.push_back(long_name(o));
      if (o.metavar.empty())
        app_.add_flag_callback(o.flag,
                               [this, key = key_of(o)] { values_[key] = ""; });
      else if (o.repeats)
        app_
          .add_option_function<std::vector<std::string>>(
            o.flag,
            [this, key = key_of(o)](const std::vector<std::string>& all) {
              lists_[key] = all;
            })
          ->allow_extra_args(false);
      else
        app_.add_option_function<std::string>(
          o.flag, [this, key = key_of(o)](const std::string& text) {
            values_[key] = text;
          });
    }
    flags_.emplace_back("--help");
  }

  /// Parses; with `only_front` up to the first word that is no flag.
  void parse(std::vector<std::string> words, bool only_front) {
    app_.prefix_command(only_front);
    app_.allow_extras();
    std::reverse(words.begin(), words.end());
    try {
      app_.parse(std::move(words));
    } catch (const CLI::ParseError& e) {
      throw usage_error(e.what());
    }
  }

  std::vector<std::string> remaining() const { return app_.remaining(); }

  std::string unknown_flag(const std::string& word) const {
    auto flag = word.substr(0, word.find('='));
    std::vector<std::string_view> known(flags_.begin(), flags_.end());
    auto near = models::nearest(flag, known);
    return "unknown flag " + flag
           + (near.empty() ? std::string{}
                           : ", did you mean " + std::string(near) + "?");
  }

  bool help() const { return help_; }

  std::map<std::string, std::string>& values() { return values_; }

  std::map<std::string, std::vector<std::string>>& lists() { return lists_; }

private:
  CLI::App app_;
  bool help_ = false;
  std::vector<std::string> flags_;
  std::map<std::string, std::string> values_;
  std::map<std::string, std::vector<std::string>> lists_;
};

bool looks_like_flag(const std::string& word) {
  return word.size() > 1 && word[0] == '-';
}

bool looks_like_number(const std::string& word) {
  return word.size() > 1 && word[0] == '-'
         && std::string_view("0123456789.").find(word[1])
              != std::string_view::npos;
}

/// Words that are neither flags nor values; refuses unknown flags.
std::vector<std::string> take_words(const parser& p, const command& which) {
  std::vector<std::string> words;
  bool only_words = false;
  for (auto& word : p.remaining()) {
    if (!only_words && word == "--")
      only_words = true;
    else if (!only_words && looks_like_flag(word)
             && !(which.numbers && looks_like_number(word)))
      throw usage_error(p.unknown_flag(word));
    else
      words.push_back(word);
  }
  return words;
}

void check_words(const command& which, const std::vector<std::string>& words) {
  if (words.size() < which.least || words.size() > which.most)
    throw usage_error("expected: " + std::string(which.name) + " "
                      + std::string(which.usage));
  if (!which.needs_verb || words.empty())
    return;
  auto& verbs = which.verbs;
  if (std::find(verbs.begin(), verbs.end(), words[0]) != verbs.end())
    return;
  auto near = models::nearest(words[0], verbs);
  std::string text = "expected one of";
  for (auto verb : verbs)
    text += " " + std::string(verb);
  text += ", got \"" + words[0] + "\"";
  if (!near.empty())
    text += "; did you mean " + std::string(near) + "?";
  throw usage_error(text);
}

std::string join(std::span<const std::string> words) {
  std::string text;
  for (auto& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string read_token(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line))
    throw usage_error("--token-file: " + path
                      + ": cannot be read, or is empty");
  std::string token(trim(line));
  if (token.empty() || token.find_first_of(" \t\"\\") != std::string::npos)
    throw usage_error("--token-file: " + path
                      + ": expected one token in its first line");
  return token;
}

double seconds_of(const std::string& text) {
  double s = 0;
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, s);
  if (error != std::errc{} || stop != end || !(s >= 0.01 && s <= 86400))
    throw usage_error("--timeout: expected seconds from 0.01 to 86400, got \""
                      + text + "\"");
  return s;
}

std::vector<std::string> split_urls(std::string_view text) {
  std::vector<std::string> urls;
  while (true) {
    auto comma = text.find(',');
    auto url = trim(text.substr(0, comma));
    if (!url.empty())
      urls.emplace_back(url);
    if (comma == std::string_view::npos)
      return urls;
    text.remove_prefix(comma + 1);
  }
}

} // namespace

bool arguments::has(std::string_view flag) const {
  return values.count(std::string(flag)) > 0;
}

std::string arguments::value(std::string_view flag,
                             std::string otherwise) const {
  auto found = values.find(std::string(flag));
  return found == values.end() ? std::move(otherwise) : found->second;
}

global_arguments parse_globals(std::vector<std::string> words) {
  auto options = global_options();
  options.push_back({"--version", "", "print the version"});
  parser p(options);
  p.parse(std::move(words), true);
  global_arguments result;
  result.rest = p.remaining();
  result.help = p.help();
  result.version = p.values().erase("--version") > 0;
  result.values = p.values();
  if (!result.rest.empty() && looks_like_flag(result.rest[0]))
    throw usage_error(p.unknown_flag(result.rest[0]));
  return result;
}

arguments parse_arguments(const command& which,
                          const std::vector<std::string>& words) {
  try {
    parser p(options_of(which, words));
    p.parse(words, which.verbatim);
    arguments result;
    result.help = p.help();
    result.values = p.values();
    result.lists = p.lists();
    if (which.verbatim) {
      auto rest = p.remaining();
      if (!rest.empty() && rest[0] == "--")
        rest.erase(rest.begin());
      else if (!rest.empty() && looks_like_flag(rest[0]))
        throw usage_error(p.unknown_flag(rest[0]));
      result.message = join(std::span(rest).subspan(rest.empty() ? 0 : 1));
      rest.resize(std::min<size_t>(rest.size(), 1));
      result.words = std::move(rest);
    } else {
      result.words = take_words(p, which);
    }
    if (!result.help)
      check_words(which, result.words);
    return result;
  } catch (const usage_error& e) {
    throw usage_error(std::string(which.name) + ": " + e.what());
  }
}

size_t words_before_message(const command& which,
                            const std::vector<std::string>& words) {
  parser p(options_of(which, words));
  p.parse(words, true);
  auto rest = p.remaining();
  auto skipped = words.size() - rest.size();
  auto marker = !rest.empty() && rest[0] == "--" ? size_t{1} : size_t{0};
  return std::min(words.size(), skipped + marker + 1);
}

void apply_globals(const std::map<std::string, std::string>& values,
                   settings& to) {
  for (auto& [flag, value] : values) {
    if (flag == "--api")
      to.client.urls = split_urls(value);
    else if (flag == "--token-file")
      to.client.token = read_token(value);
    else if (flag == "--timeout") {
      to.client.timeout_s = seconds_of(value);
      to.timeout_set = true;
    } else if (flag == "-o" && value != "table" && value != "json")
      throw usage_error("-o: expected table or json, got \"" + value + "\"");
    else if (flag == "-o")
      to.format =
        value == "json" ? output_format::as_json : output_format::for_people;
  }
}

settings default_settings() {
  settings result;
  auto api = std::getenv("LEPTON_API");
  result.client.urls = split_urls(api != nullptr ? api : "");
  if (result.client.urls.empty())
    result.client.urls = {"http://127.0.0.1:7400"};
  return result;
}

} // namespace lepton_shell
