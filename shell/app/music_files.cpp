// What is done to music files for somebody who waits: covers made to fit, tags written.
#include <fmt/format.h>

#include <charconv>

#include "shell/app/music.hpp"
#include "shell/media/container.hpp"
#include "shell/media/image.hpp"

namespace tutti::shell {
namespace {

// 32 digits, as core/api has checked.
library::ArtworkKey key_of(std::string_view text) {
  library::ArtworkKey key;
  for (std::size_t i = 0; i < 2; ++i)
    std::from_chars(text.data() + 16 * i, text.data() + 16 * (i + 1), key.words[i], 16);
  return key;
}

// Addressed by its content, so it never changes; but only for who may see it.
hub::StaticFile image_file(const CacheFolder::File& file, const std::string& name,
                           std::string_view type) {
  return {{},
          file.path,
          std::string(type),
          "\"" + name + "\"",
          file.size,
          "private, max-age=31536000, immutable"};
}

std::string ending(ImageKind kind) { return kind == ImageKind::webp ? ".webp" : ".jpg"; }

}  // namespace

// From its file if there is one; else a child reads it from a track that has it.
void MusicUnit::artwork(JobToken token, const hub::ArtworkJob& job) {
  auto failed = [this, token](Error error) { finish(token, std::unexpected(std::move(error))); };
  library::ArtworkKey key = key_of(job.wanted.artwork);
  auto edge = static_cast<int>(job.wanted.size);
  std::string name = fmt::format("{}-{}", job.wanted.artwork, edge);
  Reader& from = reader();
  auto run = [this, &from, token, failed, key, name, edge,
              account = job.account](const Cancelled&) -> Completion {
    auto place = from.store.place(account, key);
    if (!place) return [failed, error = place.error()] { failed(error); };
    for (ImageKind kind : {ImageKind::jpeg, ImageKind::webp}) {
      if (auto file = images_.find(name + ending(kind)))
        return [this, token, served = image_file(*file, name, mime_type(kind))] {
          finish(token, served);
        };
    }
    return [this, token, key, name, edge, place = *place] {
      make_image(token, {join_path(place.folder_path, place.path.directory), place.path.name, edge},
                 key, name);
    };
  };
  auto submitted = from.lane->submit({token, kQuestionTime, run, failed});
  if (!submitted) failed(submitted.error());
}

void MusicUnit::make_image(JobToken token, FileTask task, library::ArtworkKey key,
                           const std::string& name) {
  auto failed = [this, token](Error error) { finish(token, std::unexpected(std::move(error))); };
  auto then = [this, token, failed, key, name](Result<MediaRecord> made) -> Completion {
    if (made && made->artwork != key)
      made = fail(Code::not_found, "the image has changed since the last scan");
    auto kind =
        made ? probe_image(made->picture) : Result<ImageInfo>(std::unexpected(made.error()));
    if (!kind) return [failed, error = kind.error()] { failed(error); };
    bool given = false;
    auto file = images_.put(name + ending(kind->kind), [&]() -> Result<std::string> {
      return std::exchange(given, true) ? std::string() : std::move(made->picture);
    });
    if (!file) return [failed, error = file.error()] { failed(error); };
    return [this, token, served = image_file(*file, name, mime_type(kind->kind))] {
      finish(token, served);
    };
  };
  media_lane_.submit(std::move(task), then, failed);
}

// Answered when the file is written; the scan of it follows, and the library's topic tells.
void MusicUnit::edit_tags(JobToken token, const hub::EditTagsJob& job) {
  auto failed = [this, token](Error error) { finish(token, std::unexpected(std::move(error))); };
  Reader& from = reader();
  auto run = [this, &from, token, failed, job](const Cancelled&) -> Completion {
    auto place = from.store.place(job.account, job.edit.track);
    if (!place) return [failed, error = place.error()] { failed(error); };
    return [this, token, failed, edits = job.edit.edits, place = *place] {
      auto then = [this, token, failed, place](Result<MediaRecord> written) -> Completion {
        if (!written) return [failed, error = written.error()] { failed(error); };
        return [this, token, place] {
          scanner_->edited(place.folder, place.path);
          finish(token, hub::Stored{});
        };
      };
      media_lane_.submit(
          {join_path(place.folder_path, place.path.directory), place.path.name, 0, edits}, then,
          failed);
    };
  };
  auto submitted = from.lane->submit({token, kQuestionTime, run, failed});
  if (!submitted) failed(submitted.error());
}

}  // namespace tutti::shell
