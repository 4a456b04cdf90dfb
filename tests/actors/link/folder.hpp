#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

/// A folder that lives as long as this.
struct folder {
  std::filesystem::path path;

  folder() {
    auto name =
      (std::filesystem::temp_directory_path() / "link-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("no temporary folder");
    path = name;
  }

  ~folder() {
    std::error_code none;
    std::filesystem::remove_all(path, none);
  }

  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
};
