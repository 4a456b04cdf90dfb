#include <models/io/sha256.hpp>
#include <shell/commands/all.hpp>
#include <shell/core/context.hpp>
#include <shell/core/errors.hpp>
#include <shell/jobs/upload.hpp>
#include <shell/net/fields.hpp>
#include <shell/net/local_file.hpp>
#include <shell/text/table.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <optional>
#include <ostream>

namespace lepton_shell {

namespace {

void print_entry(context& c, const json& entry) {
  c.out << c.look.paint(tone::accent, printable(text_of(entry, "name"))) << '@'
        << count_of(entry, "version") << "  "
        << bytes_text(number_of(entry, "bytes")) << "  sha256 "
        << printable(text_of(entry, "sha256")) << '\n';
}

int put(context& c, const arguments& args) {
  local_file file(args.words[1]);
  auto entry = upload(c, file, "/store", {{"name", args.words[0]}});
  if (c.wants_json())
    c.print(entry);
  else
    print_entry(c, entry);
  return done;
}

/// Checks what has arrived against the hash the node promised.
void verify(const http_response& answer,
            const std::string& hash,
            const std::string& name) {
  auto tag = answer.headers.find("etag");
  if (tag == answer.headers.end())
    return;
  auto expected = tag->second;
  std::erase(expected, '"');
  if (expected.size() == 64 && expected != hash)
    throw refusal(name + ": what arrived has the hash " + hash
                  + ", the node promised " + expected);
}

/// Fetches a name; `sink` takes the bytes.
http_response download(context& c,
                       const std::string& name,
                       const std::function<void(std::string_view)>& sink) {
  models::sha256 sum;
  http_request request;
  request.path = "/store";
  request.query = {{"name", name}};
  request.write = [&](std::string_view bytes) {
    sum.update(bytes);
    sink(bytes);
  };
  transfer_line shown(c, "fetching " + name);
  request.progress = [&](uint64_t at, uint64_t of) { shown.show(at, of); };
  auto answer = c.api.send(std::move(request));
  verify(answer, sum.finish_hex(), name);
  return answer;
}

int get(context& c, const arguments& args) {
  auto& name = args.words[0];
  if (args.words.size() == 1) {
    download(c, name, [&](std::string_view bytes) {
      c.out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    });
    return done;
  }
  uint64_t total = 0;
  // created with the first bytes: a refusal leaves no trace
  std::optional<new_file> file;
  download(c, name, [&](std::string_view bytes) {
    if (!file)
      file.emplace(args.words[1]);
    file->write(bytes);
    total += bytes.size();
  });
  if (!file)
    file.emplace(args.words[1]);
  file->commit();
  if (c.wants_json())
    c.print({{"name", name}, {"file", args.words[1]}, {"bytes", total}});
  else
    c.out << printable(args.words[1]) << "  "
          << bytes_text(static_cast<double>(total)) << '\n';
  return done;
}

int ls(context& c, const arguments& args) {
  query_list query;
  if (!args.words.empty())
    query.emplace_back("prefix", args.words[0]);
  auto list = c.api.get("/store/list", query);
  if (c.wants_json()) {
    c.print(list);
    return done;
  }
  table t({"name", ">version", ">size", "sha256", "replicas"});
  for (auto& e : list)
    t.add({{text_of(e, "name"), tone::accent},
           count_of(e, "version"),
           bytes_text(number_of(e, "bytes")),
           {text_of(e, "sha256").substr(0, 12), tone::dim},
           joined(member(e, "replicas"))});
  t.print(c.out, c.look, "nothing is stored here");
  return done;
}

int rm(context& c, const arguments& args) {
  auto answer = c.api.remove("/store", {{"name", args.words[0]}});
  if (c.wants_json())
    c.print(answer);
  else
    c.out << printable(text_of(answer, "name")) << " removed\n";
  return done;
}

int stat(context& c, const arguments& args) {
  auto entry = c.api.get("/store/stat", {{"name", args.words[0]}});
  if (c.wants_json()) {
    c.print(entry);
    return done;
  }
  print_entry(c, entry);
  auto replicas = joined(member(entry, "replicas"));
  c.out << "replicas: " << printable(replicas.empty() ? "none" : replicas)
        << '\n';
  return done;
}

} // namespace

std::vector<command> storage_commands() {
  constexpr auto group = "Storage";
  return {
    {.name = "put",
     .group = group,
     .usage = "NAME FILE",
     .summary = "store a file; done means it is on disk",
     .details = "FILE may be - for standard input.\n\n"
                "Example: lepton put data/digits models/data/digits.csv\n",
     .least = 2,
     .most = 2,
     .hints = {hint::stored, hint::file},
     .run = put},
    {.name = "get",
     .group = group,
     .usage = "NAME [FILE]",
     .summary = "fetch what is stored, to standard output or FILE",
     .details = "FILE appears when it is complete and its hash is right. NAME\n"
                "may end in @VERSION.\n\n"
                "Example: lepton get data/digits@1 digits.csv\n",
     .least = 1,
     .most = 2,
     .hints = {hint::stored, hint::file},
     .run = get},
    {.name = "ls",
     .group = group,
     .usage = "[PREFIX]",
     .summary = "what is stored",
     .details = "Example: lepton ls data/\n",
     .most = 1,
     .hints = {hint::stored},
     .run = ls},
    {.name = "rm",
     .group = group,
     .usage = "NAME",
     .summary = "remove a name",
     .least = 1,
     .most = 1,
     .hints = {hint::stored},
     .run = rm},
    {.name = "stat",
     .group = group,
     .usage = "NAME",
     .summary = "size, hash and replicas of what is stored",
     .least = 1,
     .most = 1,
     .hints = {hint::stored},
     .run = stat},
  };
}

} // namespace lepton_shell
