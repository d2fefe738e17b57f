#include "shell/net/listener.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace tutti::shell {
namespace {

constexpr int kBacklog = 4096;
constexpr int kNotSentLowat =
    128 * 1024;  // bytes the kernel may hold unsent: more stays with us, where it can be dropped

Result<Listening> io_error(const std::string& what, Code code = Code::io) {
  return fail(code, what + ": " + std::strerror(errno));
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Result<Address> parse(const std::string& host, std::uint16_t port) {
  Address a;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&a.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&a.storage);
  std::string text = host == "localhost" ? "127.0.0.1" : host;
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    a.size = sizeof *v4;
  } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    a.size = sizeof *v6;
  } else {
    return fail(Code::bad_request, "\"" + host + "\" is no address to listen on",
                "use 127.0.0.1, 0.0.0.0, :: or an address of this machine");
  }
  return a;
}

std::uint16_t bound_port(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  return ntohs(storage.ss_family == AF_INET ? reinterpret_cast<sockaddr_in*>(&storage)->sin_port
                                            : reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port);
}

void set_peer(live::Peer& peer, const sockaddr_storage& storage) {
  peer.kind = live::Peer::Kind::remote;
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    peer.address[10] = peer.address[11] = std::byte{0xff};
    std::memcpy(&peer.address[12], &v4.sin_addr, 4);
    peer.port = ntohs(v4.sin_port);
    if (peer.address[12] == std::byte{127}) peer.kind = live::Peer::Kind::loopback;
  } else if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    std::memcpy(peer.address.data(), &v6.sin6_addr, 16);
    peer.port = ntohs(v6.sin6_port);
    bool mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && peer.address[12] == std::byte{127};
    if (IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) || mapped) peer.kind = live::Peer::Kind::loopback;
  } else {
    peer.kind = live::Peer::Kind::control;
  }
}

// A path that fits sockaddr_un however deep the folder lies.
Result<sockaddr_un> unix_address(int folder, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string path = "/proc/self/fd/" + std::to_string(folder) + "/" + name;
  if (path.size() >= sizeof address.sun_path)
    return fail(Code::bad_request, "the name of the control socket is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

}  // namespace

Result<Listening> listen_tcp(const std::string& host, std::uint16_t port, bool shared) {
  auto address = parse(host, port);
  if (!address) return std::unexpected(address.error());
  Descriptor fd(
      ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return io_error("no socket");
  int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  // Accepted sockets inherit these: one call here saves two for each connection.
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kNotSentLowat, sizeof kNotSentLowat);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address->storage), address->size) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    if (errno == EADDRINUSE)
      return fail(Code::in_use, "port " + std::to_string(port) + " is in use",
                  "choose another with --port, or stop what holds it");
    return io_error("cannot listen on " + host + ":" + std::to_string(port));
  }
  std::uint16_t bound = bound_port(fd.get());
  return Listening{std::move(fd), bound};
}

Result<Listening> listen_unix(const std::string& folder, const std::string& name) {
  Descriptor dir(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!dir) return io_error("cannot open " + folder);
  auto address = unix_address(dir.get(), name);
  if (!address) return std::unexpected(address.error());
  ::unlinkat(dir.get(), name.c_str(), 0);
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  mode_t before = ::umask(0177);
  int bound = ::bind(fd.get(), reinterpret_cast<sockaddr*>(&*address), sizeof *address);
  ::umask(before);
  if (bound != 0 || ::listen(fd.get(), 64) != 0)
    return io_error("cannot make the control socket in " + folder);
  return Listening{std::move(fd), 0};
}

Result<Descriptor> connect_unix(const std::string& folder, const std::string& name) {
  Descriptor dir(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!dir) return fail(Code::not_found, "there is no folder " + folder);
  auto address = unix_address(dir.get(), name);
  if (!address) return std::unexpected(address.error());
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&*address), sizeof *address) != 0) {
    return fail(Code::not_found, "no server answers on " + folder + "/" + name);
  }
  return fd;
}

std::string port_holder(std::uint16_t port) {
  // The listening socket's inode, then the process that has it open (only one's own can be seen
  // without root).
  std::string inode;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(table);
    std::string line;
    while (std::getline(file, line)) {
      std::istringstream in(line);
      std::string slot, local, remote, state, skip, found;
      in >> slot >> local >> remote >> state >> skip >> skip >> skip >> skip >> skip >> found;
      auto colon = local.rfind(':');
      if (state == "0A" && colon != std::string::npos &&
          std::stoul("0" + local.substr(colon + 1), nullptr, 16) == port)
        inode = found;
    }
  }
  if (inode.empty()) return {};
  std::string wanted = "socket:[" + inode + "]";
  DIR* proc = ::opendir("/proc");
  std::string holder;
  while (dirent* entry = proc != nullptr ? ::readdir(proc) : nullptr) {
    std::string pid = entry->d_name;
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    DIR* fds = ::opendir(("/proc/" + pid + "/fd").c_str());
    while (dirent* fd = fds != nullptr ? ::readdir(fds) : nullptr) {
      char target[64] = {};
      if (::readlink(("/proc/" + pid + "/fd/" + fd->d_name).c_str(), target, sizeof target - 1) <
              0 ||
          wanted != target)
        continue;
      std::string command;
      std::getline(std::ifstream("/proc/" + pid + "/comm") >> std::ws, command);
      holder = "pid " + pid + " (" + command + ")";
    }
    if (fds != nullptr) ::closedir(fds);
  }
  if (proc != nullptr) ::closedir(proc);
  return holder;
}

Result<Descriptor> accept_next(int listener, live::Peer& peer) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  Descriptor fd(::accept4(listener, reinterpret_cast<sockaddr*>(&storage), &size,
                          SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd) {
    set_peer(peer, storage);
    return fd;
  }
  if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
    return fail(Code::overloaded, std::strerror(errno));
  return Descriptor();  // none, or one that is gone already
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace tutti::shell
