// Streams over HTTP: opened on a reader's lane (facts) and an audio lane (decoder, encoder), read
// block by block as the edge takes them.
#include <fmt/format.h>
#include <sys/stat.h>

#include "core/base/check.hpp"
#include "shell/app/log.hpp"
#include "shell/app/music.hpp"

namespace tutti::shell {
namespace {

constexpr Duration kOpenTime = seconds(15);
constexpr Duration kTranscodeTime = seconds(1800);

// What tells that a file has changed, as text.
Result<std::string> version_of(const std::string& path, std::uint64_t& size) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0)
    return fail(Code::unavailable, "its file cannot be reached now");
  size = static_cast<std::uint64_t>(info.st_size);
  return fmt::format("{:x}-{:x}", size,
                     info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec);
}

hub::OpenedStream whole_file(const std::string& path, std::uint64_t size,
                             const std::string& version) {
  std::string type = music_type(path);
  return {type, hub::StaticFile{{}, path, type, "\"" + version + "\"", size, "private, no-cache"}};
}

}  // namespace

void MusicUnit::open_stream(JobToken token, const hub::OpenStreamJob& job) {
  Reader& from = reader();
  auto failed = [this, token](Error error) { finish(token, std::unexpected(std::move(error))); };
  auto run = [this, &from, token, job, failed](const Cancelled&) -> Completion {
    auto found = from.store.facts(job.wish.account, std::span(&job.wish.track, 1));
    if (!found) return [failed, error = found.error()] { failed(error); };
    if (found->empty()) return [failed] { failed({Code::not_found, "there is no such track"}); };
    auto facts = std::make_shared<play::TrackFacts>(std::move(found->front()));
    std::uint64_t size = 0;
    auto version = version_of(facts->path, size);
    if (!version) return [failed, error = version.error()] { failed(error); };
    return [this, token, job, facts, size, version = *version] {
      if (job.wish.codec == play::StreamCodec::original)
        return finish(token, whole_file(facts->path, size, version));
      open_transcoded(token, job, facts, version);
    };
  };
  auto submitted = from.lane->submit({token, kQuestionTime, run, failed});
  if (!submitted) failed(submitted.error());
}

// From its file if there is one; else live, and a file is made beside when it was asked for before.
void MusicUnit::open_transcoded(JobToken token, const hub::OpenStreamJob& job,
                                const std::shared_ptr<play::TrackFacts>& facts,
                                const std::string& version) {
  bool from_start = job.wish.from == Duration{};
  if (from_start) {
    if (auto file = cache_.find(job.wish, version))
      return finish(token,
                    whole_file(file->path, file->size, version + "-" + std::to_string(file->size)));
    if (cache_.asked_again(job.wish, version)) make_file(job.wish, facts, version);
  }
  auto failed = [this, token](Error error) { finish(token, std::unexpected(std::move(error))); };
  auto run = [this, token, job, facts, failed](const Cancelled&) -> Completion {
    auto media = load_media();
    Result<std::unique_ptr<AudioStream>> opened =
        media ? AudioStream::open(*media, *facts, job.wish) : std::unexpected(media.error());
    if (!opened) return [failed, error = opened.error()] { failed(error); };
    auto stream = std::make_shared<std::unique_ptr<AudioStream>>(std::move(*opened));
    return [this, token, job, stream] {
      std::string type = (*stream)->type();
      listeners_[job.stream] = {std::move(*stream), false};
      finish(token, hub::OpenedStream{std::move(type), {}});
    };
  };
  auto submitted = audio_lane_->submit({random_.id<JobToken>(), kOpenTime, run, failed});
  if (!submitted) failed(submitted.error());
}

void MusicUnit::make_file(const play::StreamWish& wish,
                          const std::shared_ptr<play::TrackFacts>& facts,
                          const std::string& version) {
  auto run = [this, wish, facts, version](const Cancelled& cancelled) -> Completion {
    auto media = load_media();
    Result<StreamCache::File> made = media ? cache_.make(*media, *facts, wish, version, cancelled)
                                           : std::unexpected(media.error());
    if (made) return [] {};
    return [error = made.error()] {
      log_line(LogLevel::warn, "stream.not_kept why=" + quoted(error.text));
    };
  };
  auto failed = [](const Error& error) {
    log_line(LogLevel::warn, "stream.not_kept why=" + quoted(error.text));
  };
  (void)bulk_lane_->submit({random_.id<JobToken>(), kTranscodeTime, run, failed});
}

// The edge asks for one block at a time; `deliver` hands it in.
void MusicUnit::read_stream(const live::ReadBlock& block,
                            std::function<void(Result<Bytes>)> deliver) {
  auto found = listeners_.find(block.stream);
  if (found == listeners_.end() || !found->second.stream)
    return deliver(fail(Code::not_found, "the stream is over"));
  auto stream = std::make_shared<std::unique_ptr<AudioStream>>(std::move(found->second.stream));
  auto back = [this, id = block.stream, deliver, stream](Result<Bytes> bytes) {
    auto listener = listeners_.find(id);
    bool last = !bytes || bytes->empty();
    if (listener != listeners_.end()) {
      if (listener->second.over || last) listeners_.erase(listener);
      else listener->second.stream = std::move(*stream);
    }
    deliver(std::move(bytes));
    if (last) house_->stream_over(id, clock_now());
  };
  auto run = [stream, back, size = block.size](const Cancelled&) -> Completion {
    auto bytes = (*stream)->read(size);
    Result<Bytes> result =
        bytes ? Result<Bytes>(Bytes(std::move(*bytes))) : std::unexpected(bytes.error());
    return [back, result = std::move(result)] { back(result); };
  };
  auto failed = [back](Error error) { back(std::unexpected(std::move(error))); };
  auto submitted = audio_lane_->submit({random_.id<JobToken>(), kOpenTime, run, failed});
  if (!submitted) failed(submitted.error());
}

void MusicUnit::close_stream(StreamId stream) {
  auto found = listeners_.find(stream);
  if (found == listeners_.end()) return;
  if (found->second.stream) listeners_.erase(found);
  else found->second.over = true;
}

}  // namespace tutti::shell
