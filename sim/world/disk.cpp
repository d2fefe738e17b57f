#include "sim/world/disk.hpp"

#include <algorithm>
#include <set>

#include "core/base/check.hpp"

namespace tutti::world {
namespace {
std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }
}  // namespace

std::string folder_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

Result<void> Disk::may_fail(const char* what) const {
  if (fail_one_in_ > 0 && choose_.choose(fail_one_in_, "disk fails") == fail_one_in_ - 1)
    return fail(Code::io, std::string(what) + ": input/output error");
  return {};
}

Disk::FilePtr Disk::find(const std::string& path) const {
  auto folder = folders_.find(folder_of(path));
  if (folder == folders_.end()) return nullptr;
  auto file = folder->second.names.find(name_of(path));
  return file == folder->second.names.end() ? nullptr : file->second;
}

void Disk::apply(std::map<std::string, FilePtr>& names, const Change& change) {
  if (!change.gone.empty()) names.erase(change.gone);
  if (!change.name.empty()) names[change.name] = change.file;
}

void Disk::change(const std::string& folder, Change change) {
  Folder& in = folders_[folder];
  apply(in.names, change);
  in.pending.push_back(std::move(change));
}

// Writing beyond the end leaves zeros between.
void Disk::put(std::string& to, std::size_t offset, std::string_view bytes) {
  if (to.size() < offset + bytes.size()) to.resize(offset + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), to.begin() + static_cast<std::ptrdiff_t>(offset));
}

Result<void> Disk::create(const std::string& path) {
  if (auto ok = may_fail("create"); !ok) return ok;
  change(folder_of(path), {"", name_of(path), std::make_shared<File>()});
  return {};
}

Result<void> Disk::append(const std::string& path, std::string_view bytes) {
  FilePtr file = find(path);
  if (!file) return fail(Code::not_found, "no file " + path);
  return write_at(path, file->bytes.size(), bytes);
}

Result<void> Disk::write_at(const std::string& path, std::size_t offset, std::string_view bytes) {
  FilePtr file = find(path);
  if (!file) return fail(Code::not_found, "no file " + path);
  if (auto ok = may_fail("write"); !ok) return ok;
  if (limit_ != SIZE_MAX && used() + bytes.size() > limit_)
    return fail(Code::no_space, "write: no space left");
  put(file->bytes, offset, bytes);
  file->pending.push_back({offset, std::string(bytes)});
  return {};
}

Result<void> Disk::sync(const std::string& path) {
  FilePtr file = find(path);
  if (!file) return fail(Code::not_found, "no file " + path);
  if (auto ok = may_fail("sync"); !ok) {
    for (Write& write : file->pending) write.lost = true;
    return ok;
  }
  std::vector<Write> still;
  for (Write& write : file->pending) {
    if (write.lost) still.push_back(std::move(write));
    else put(file->safe, write.offset, write.bytes);
  }
  file->pending = std::move(still);
  return {};
}

Result<void> Disk::rename(const std::string& from, const std::string& to) {
  FilePtr file = find(from);
  if (!file) return fail(Code::not_found, "no file " + from);
  INVARIANT(folder_of(from) == folder_of(to));
  if (auto ok = may_fail("rename"); !ok) return ok;
  change(folder_of(from), {name_of(from), name_of(to), file});
  return {};
}

Result<void> Disk::remove(const std::string& path) {
  if (!find(path)) return fail(Code::not_found, "no file " + path);
  if (auto ok = may_fail("remove"); !ok) return ok;
  change(folder_of(path), {name_of(path), "", nullptr});
  return {};
}

Result<void> Disk::sync_folder(const std::string& folder) {
  if (auto ok = may_fail("sync of a folder"); !ok) return ok;
  Folder& in = folders_[folder];
  in.safe = in.names;
  in.pending.clear();
  return {};
}

Result<std::string> Disk::read(const std::string& path) const {
  FilePtr file = find(path);
  if (!file) return fail(Code::not_found, "no file " + path);
  return file->bytes;
}

std::vector<std::string> Disk::list(const std::string& folder) const {
  std::vector<std::string> names;
  auto found = folders_.find(folder);
  if (found == folders_.end()) return names;
  for (const auto& [name, file] : found->second.names) names.push_back(name);
  return names;
}

std::size_t Disk::used() const {
  std::size_t bytes = 0;
  for (const auto& [path, folder] : folders_) {
    for (const auto& [name, file] : folder.names) bytes += file->bytes.size();
  }
  return bytes;
}

// Each write by itself, so that a later one may be there and an earlier not.
void Disk::crash_file(File& file) {
  for (const Write& write : file.pending) {
    switch (write.lost ? 1 : choose_.choose(4, "write after power loss")) {
      case 0: put(file.safe, write.offset, write.bytes); break;
      case 1: break;
      case 2: {  // torn: a first part of it, of any length
        auto kept = choose_.choose(static_cast<std::uint32_t>(write.bytes.size() + 1), "torn at");
        put(file.safe, write.offset, std::string_view(write.bytes).substr(0, kept));
        break;
      }
      default:  // its length without its bytes
        if (file.safe.size() < write.offset + write.bytes.size())
          file.safe.resize(write.offset + write.bytes.size(), '\0');
    }
  }
  file.pending.clear();
  file.bytes = file.safe;
}

// A first part of the changes (a journal keeps order), or any of them.
void Disk::crash_folder(Folder& folder) {
  auto changes = static_cast<std::uint32_t>(folder.pending.size());
  bool ordered = choose_.choose(2, "names in order") == 0;
  std::uint32_t kept = changes - choose_.choose(changes + 1, "names lost");
  for (std::uint32_t i = 0; i < changes; ++i) {
    bool there = ordered ? i < kept : choose_.choose(2, "name after power loss") == 0;
    if (there) apply(folder.safe, folder.pending[i]);
  }
  folder.pending.clear();
}

void Disk::lose_power() {
  std::set<File*> seen;
  for (auto& [path, folder] : folders_) {
    crash_folder(folder);
    folder.names = folder.safe;
    // In the order of names, not of addresses: the stream must not depend on the allocator.
    for (auto& [name, file] : folder.names) {
      if (seen.insert(file.get()).second) crash_file(*file);
    }
  }
}

}  // namespace tutti::world
