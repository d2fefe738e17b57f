#include "sim/world/backup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/base/ids.hpp"

namespace tutti::world {
namespace {
constexpr std::size_t kBlock = 16 * 1024;
constexpr std::size_t kHashDigits = 16;

std::string hash_of(std::string_view bytes) {
  std::uint64_t hash = bytes.size();
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(8, bytes.size()))) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), std::min<std::size_t>(8, bytes.size()));
    hash = hash_mix(hash * 31 + word + 1);
  }
  return fmt::format("{:016x}", hash);
}
}  // namespace

std::string backup_content(std::size_t bytes, std::uint64_t salt) {
  std::string content = fmt::format("tutti-backup {}\n", bytes);
  content.resize(content.size() + bytes);
  for (std::size_t at = content.size() - bytes; at < content.size(); at += 8) {
    salt = hash_mix(salt + 1);
    std::memcpy(content.data() + at, &salt, std::min<std::size_t>(8, content.size() - at));
  }
  return content + hash_of(content);
}

bool is_whole_backup(std::string_view content) {
  if (content.size() < kHashDigits) return false;
  std::string_view body = content.substr(0, content.size() - kHashDigits);
  return body.starts_with("tutti-backup ") && content.ends_with(hash_of(body));
}

bool is_backup_name(std::string_view name) { return name.ends_with(".db"); }

Backup::Backup(std::string path, std::size_t bytes, std::uint64_t salt, Care care)
    : path_(std::move(path)),
      written_(care == Care::in_place ? path_ : path_ + ".tmp"),
      content_(backup_content(bytes, salt)),
      care_(care) {}

std::string Backup::next_block() const { return content_.substr(at_byte_, kBlock); }

Result<void> Backup::perform(Disk& disk) {
  switch (at_) {
    case At::create: at_ = At::write; return disk.create(written_);
    case At::write: {
      std::string block = next_block();
      at_byte_ += block.size();
      if (at_byte_ == content_.size()) at_ = At::sync;
      return disk.append(written_, block);
    }
    case At::sync:
      at_ = care_ == Care::in_place ? At::sync_folder : At::rename;
      return care_ == Care::no_sync ? Result<void>{} : disk.sync(written_);
    case At::rename: at_ = At::sync_folder; return disk.rename(written_, path_);
    case At::sync_folder:
      at_ = At::over;
      return care_ == Care::no_folder_sync ? Result<void>{} : disk.sync_folder(kBackupFolder);
    default: return {};
  }
}

bool Backup::step(Disk& disk) {
  At before = at_;
  auto ok = perform(disk);
  if (!ok && before == At::sync_folder) {
    // Under its final name and whole, but nobody may be told that it is safe.
    written_ = path_;
  }
  if (!ok) return failed(disk, ok.error());
  return at_ == At::over && done(content_.size());
}

bool Backup::failed(Disk& disk, Error error) {
  (void)disk.remove(written_);  // what cannot be removed is cleaned up at the next start
  return done(std::unexpected(std::move(error)));
}

bool Backup::done(Result<std::size_t> result) {
  result_ = std::move(result);
  return true;
}

}  // namespace tutti::world
