#include <shell/repl/completion.hpp>
#include <shell/text/tokens.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

namespace lepton_shell {

namespace {

constexpr size_t most_files = 1000;

/// The candidates that start with `typed`, each cut behind its next slash, so
/// that a deep tree is offered level by level.
std::vector<std::string> matching(const std::vector<std::string>& all,
                                  const std::string& typed,
                                  bool by_level) {
  std::set<std::string> found;
  for (auto& name : all) {
    if (!name.starts_with(typed))
      continue;
    auto slash = by_level ? name.find('/', typed.size()) : std::string::npos;
    found.insert(slash == std::string::npos ? name : name.substr(0, slash + 1));
  }
  return {found.begin(), found.end()};
}

const option* find_option(const std::vector<option>& options,
                          const std::string& word) {
  for (auto& o : options) {
    auto comma = o.flag.find(',');
    if (word == o.flag
        || (comma != std::string::npos
            && (word == o.flag.substr(0, comma)
                || word == o.flag.substr(comma + 1))))
      return &o;
  }
  return nullptr;
}

std::vector<std::string> flags_of(const std::vector<option>& options) {
  std::vector<std::string> flags{"--help"};
  for (auto& o : options) {
    auto comma = o.flag.find(',');
    flags.push_back(comma == std::string::npos ? o.flag
                                               : o.flag.substr(comma + 1));
  }
  return flags;
}

std::vector<std::string>
by_hint(hint h, const std::string& typed, const name_source& source) {
  switch (h) {
  case hint::none:
    return {};
  case hint::file:
    return files_like(typed);
  case hint::command: {
    std::vector<std::string> names;
    for (auto& c : commands())
      names.emplace_back(c.name);
    return matching(names, typed, false);
  }
  case hint::file_or_name: {
    auto all = files_like(typed);
    auto names = matching(source.names(hint::stored), typed, true);
    all.insert(all.end(), names.begin(), names.end());
    return all;
  }
  default:
    return matching(source.names(h), typed, true);
  }
}

/// What precedes the word: how many plain words, and an open flag.
struct place {
  std::vector<std::string> words;
  const option* open = nullptr; ///< a flag that waits for its value
};

place find_place(const std::vector<option>& options,
                 const std::vector<token>& before) {
  place at;
  for (auto& t : before) {
    if (at.open != nullptr) {
      at.open = nullptr;
      continue;
    }
    auto flag = find_option(options, t.text);
    if (flag != nullptr && !flag->metavar.empty())
      at.open = flag;
    else if (flag == nullptr && !t.text.starts_with("-"))
      at.words.push_back(t.text);
  }
  return at;
}

std::vector<std::string> of_command(const command& which,
                                    const std::vector<token>& before,
                                    const std::string& typed,
                                    const name_source& source) {
  std::vector<std::string> words;
  for (auto& t : before)
    words.push_back(t.text);
  auto options = options_of(which, words);
  auto at = find_place(options, before);
  if (which.verbatim && !at.words.empty())
    return at.words.size() == 1
             ? matching(source.messages(at.words[0]), typed, false)
             : std::vector<std::string>{};
  if (at.open != nullptr && !at.open->words.empty())
    return matching(at.open->words, typed, false);
  if (at.open != nullptr)
    return by_hint(at.open->completes, typed, source);
  if (typed.starts_with("-"))
    return matching(flags_of(options), typed, false);
  auto index = at.words.size();
  std::vector<std::string> found;
  if (index == 0)
    found = matching({which.verbs.begin(), which.verbs.end()}, typed, false);
  if (which.hints.empty())
    return found;
  auto h = which.hints[std::min(index, which.hints.size() - 1)];
  auto more = by_hint(h, typed, source);
  found.insert(found.end(), more.begin(), more.end());
  return found;
}

} // namespace

completion complete(std::string_view line, const name_source& source) {
  completion result;
  auto tokens = split_leniently(line);
  result.begin = line.size();
  if (!tokens.empty() && tokens.back().end == line.size()) {
    result.begin = tokens.back().begin;
    result.word = tokens.back().text;
    tokens.pop_back();
  }
  if (tokens.empty()) {
    result.candidates = by_hint(hint::command, result.word, source);
    return result;
  }
  auto which = find_command(tokens[0].text);
  if (which == nullptr)
    return result;
  tokens.erase(tokens.begin());
  result.candidates = of_command(*which, tokens, result.word, source);
  std::sort(result.candidates.begin(), result.candidates.end());
  return result;
}

std::string common_prefix(const std::vector<std::string>& candidates) {
  if (candidates.empty())
    return {};
  auto prefix = candidates[0];
  for (auto& c : candidates) {
    auto end = std::mismatch(prefix.begin(), prefix.end(), c.begin(), c.end());
    prefix.erase(end.first, prefix.end());
  }
  // not in the middle of a UTF-8 character
  auto whole = std::all_of(candidates.begin(), candidates.end(), [&](auto& c) {
    return c.size() == prefix.size()
           || (static_cast<unsigned char>(c[prefix.size()]) & 0xC0) != 0x80;
  });
  while (!whole && !prefix.empty()) {
    auto last = static_cast<unsigned char>(prefix.back());
    prefix.pop_back();
    whole = (last & 0xC0) != 0x80;
  }
  return prefix;
}

std::string escape_word(std::string_view word) {
  std::string text;
  for (auto c : word) {
    if (std::string_view(" \t'\"\\").find(c) != std::string_view::npos
        || (c == '#' && text.empty()))
      text += '\\';
    text += c;
  }
  return text;
}

std::vector<std::string> files_like(const std::string& typed) {
  namespace fs = std::filesystem;
  auto slash = typed.rfind('/');
  auto folder = slash == std::string::npos ? "" : typed.substr(0, slash + 1);
  auto start = typed.substr(folder.size());
  std::vector<std::string> files;
  std::error_code error;
  fs::directory_iterator at(folder.empty() ? "." : folder, error);
  for (; !error && at != fs::directory_iterator() && files.size() < most_files;
       at.increment(error)) {
    auto name = at->path().filename().string();
    if (!name.starts_with(start) || (start.empty() && name.starts_with('.')))
      continue;
    std::error_code ignored;
    files.push_back(folder + name + (at->is_directory(ignored) ? "/" : ""));
  }
  std::sort(files.begin(), files.end());
  return files;
}

} // namespace lepton_shell
