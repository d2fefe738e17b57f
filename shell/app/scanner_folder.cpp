#include <filesystem>

#include "shell/app/scanner.hpp"

namespace tutti::shell {
namespace {

std::string last_name(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  return library::display_text(name.empty() ? path : name);
}

}  // namespace

Result<MusicFolder> folder_for(Store& store, LibraryWriter& writer, Random& random,
                               const std::string& path) {
  auto folders = writer.folders();
  if (!folders) return std::unexpected(folders.error());
  for (MusicFolder& each : *folders)
    if (each.path == path) return std::move(each);
  auto id = store.folder_id(path, random);
  if (!id) return std::unexpected(id.error());
  if (auto added = writer.add_folder(*id, path, last_name(path)); !added)
    return std::unexpected(added.error());
  return MusicFolder{*id, path, last_name(path), true};
}

}  // namespace tutti::shell
