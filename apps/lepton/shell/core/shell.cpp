#include <shell/core/errors.hpp>
#include <shell/core/fd_stream.hpp>
#include <shell/core/help.hpp>
#include <shell/core/interrupt.hpp>
#include <shell/core/shell.hpp>
#include <shell/text/tokens.hpp>
#include <shell/text/utf8.hpp>

#include <iostream>
#include <ostream>
#include <unistd.h>

namespace lepton_shell {

namespace {

std::vector<std::string> texts_of(const std::vector<token>& tokens) {
  std::vector<std::string> texts;
  for (auto& t : tokens)
    texts.push_back(t.text);
  return texts;
}

/// Messages may hold an open quote; the words before them may not.
std::vector<token> split(std::string_view line) {
  auto first = split_line(line.substr(0, line.find_first_of(" \t")));
  auto which = first.empty() ? nullptr : find_command(first[0].text);
  return which != nullptr && which->verbatim ? split_leniently(line)
                                             : split_line(line);
}

bool own_connection(const arguments& args) {
  return args.has("--api") || args.has("--token-file") || args.has("--timeout");
}

} // namespace

void context::print(const json& document) {
  out << dump(document, 2) << '\n';
}

shell::shell(settings options, std::ostream& out, std::ostream& err)
  : options_(std::move(options)),
    out_(out),
    err_(err),
    api_(std::make_unique<api_client>(options_.client)) {
  // nop
}

void shell::set_looks(style out, style err) {
  look_ = out;
  err_look_ = err;
}

void shell::complain(std::string_view text) {
  std::string place = interactive_ ? "" : "lepton: ";
  if (line_ > 0)
    place += "line " + std::to_string(line_) + ": ";
  // a message may have several lines, each of them harmless
  std::string shown;
  while (true) {
    auto end = text.find('\n');
    shown += printable(text.substr(0, end)) + "\n";
    if (end == std::string_view::npos)
      break;
    text.remove_prefix(end + 1);
  }
  if (out_.good()) // it may be what failed
    out_.flush();
  err_ << err_look_.paint(tone::bad, place) << shown << std::flush;
}

int shell::guarded(const std::function<int()>& work) {
  try {
    auto code = work();
    out_.flush();
    return code;
  } catch (const output_closed&) {
    throw; // nobody reads any more: not the command's failure
  } catch (const interrupted&) {
    if (interactive_)
      out_ << '\n' << std::flush;
    return interrupted_by_user;
  } catch (const failure& e) {
    complain(e.what());
    return e.code();
  } catch (const bad_line& e) {
    complain(e.what());
    return wrong_usage;
  } catch (const nlohmann::json::exception& e) {
    complain("the answer of " + api_->http().url()
             + " is not as expected: " + e.what());
    return refused_by_system;
  }
}

int shell::run_command(const command& which, const arguments& args) {
  if (args.help) {
    print_help(which, args.words, out_, look_);
    return done;
  }
  auto options = options_;
  apply_globals(args.values, options);
  std::unique_ptr<api_client> other;
  if (own_connection(args))
    other = std::make_unique<api_client>(options.client);
  context with{
    options,     other ? *other : *api_, out_, err_, look_, err_look_,
    interactive_};
  auto code = which.run(with, args);
  finished_ = with.finish;
  return code;
}

int shell::run_words(const std::vector<std::string>& words) {
  return guarded([&] {
    auto& which = required_command(words.at(0));
    return run_command(
      which, parse_arguments(which, {words.begin() + 1, words.end()}));
  });
}

int shell::run_line(std::string_view line) {
  return guarded([&]() -> int {
    auto text = trim(line);
    if (text.empty() || text[0] == '#')
      return done;
    auto tokens = split(text);
    auto& which = required_command(tokens.at(0).text);
    tokens.erase(tokens.begin());
    auto words = texts_of(tokens);
    auto args = parse_arguments(which, words);
    if (which.verbatim && !words.empty()) {
      auto n = words_before_message(which, words);
      args.message = strip_comment(text.substr(tokens[n - 1].end));
    }
    return run_command(which, args);
  });
}

int shell::run_script(std::istream& in) {
  std::string line;
  int code = done;
  while (code == done && !finished_ && std::getline(in, line)) {
    ++line_;
    code = run_line(line);
  }
  return code;
}

int run_program(const std::vector<std::string>& words,
                std::ostream& out,
                std::ostream& err) {
  auto options = default_settings();
  global_arguments globals;
  try {
    globals = parse_globals(words);
    apply_globals(globals.values, options);
    if (globals.version || globals.help) {
      globals.version ? print_version(out)
                      : print_overview(out, style_of(STDOUT_FILENO));
      out.flush();
      return done;
    }
    shell runner(options, out, err);
    runner.set_looks(style_of(STDOUT_FILENO), style_of(STDERR_FILENO));
    if (!globals.rest.empty())
      return runner.run_words(globals.rest);
    if (isatty(STDIN_FILENO) == 1)
      return runner.run_interactive();
    return runner.run_script(std::cin);
  } catch (const failure& e) {
    err << "lepton: " << e.what() << std::endl;
    return e.code();
  }
}

} // namespace lepton_shell
