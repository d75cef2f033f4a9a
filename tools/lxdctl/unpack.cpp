// SPDX-License-Identifier: GPL-2.0-only
#include "unpack.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <lxd.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "error.hpp"

namespace fs = std::filesystem;

namespace lxdctl {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes read_file(const fs::path &path)
{
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    if (error)
        throw Error(fmt::format("{}: {}", path.string(), error.message()));
    if (size == 0 || size > LXD_MAX_IMAGE)
        throw Error(fmt::format("{}: has {} bytes; 1 to {} are possible", path.string(), size, LXD_MAX_IMAGE));
    Bytes bytes(size);
    std::ifstream in(path, std::ios::binary);
    if (!in.read(reinterpret_cast<char *>(bytes.data()), static_cast<std::streamsize>(size)))
        throw Error(fmt::format("{}: cannot be read", path.string()));
    return bytes;
}

[[noreturn]] void too_large(const fs::path &path)
{
    throw Error(fmt::format("{}: larger than {} MiB when unpacked", path.string(), LXD_MAX_IMAGE >> 20));
}

[[noreturn]] void unsound(const fs::path &path, const char *kind, const std::string &why)
{
    throw Error(fmt::format("{}: is not a sound {} file ({})", path.string(), kind, why));
}

Bytes unxz(const Bytes &in, const fs::path &path)
{
    Bytes out(LXD_MAX_IMAGE);
    lzma_stream z = LZMA_STREAM_INIT;
    z.next_in = in.data();
    z.avail_in = in.size();
    z.next_out = out.data();
    z.avail_out = out.size();
    if (lzma_stream_decoder(&z, 64u << 20, LZMA_CONCATENATED) != LZMA_OK)
        throw Error("liblzma has no memory");
    const lzma_ret r = lzma_code(&z, LZMA_FINISH);
    const std::size_t left = z.avail_out;
    lzma_end(&z);
    if (r != LZMA_STREAM_END && !left)
        too_large(path);
    if (r != LZMA_STREAM_END)
        unsound(path, ".xz", fmt::format("liblzma error {}", static_cast<int>(r)));
    out.resize(out.size() - left);
    return out;
}

/// One or more frames, as zstd itself reads them; the size need not be in the header.
Bytes unzst(const Bytes &in, const fs::path &path)
{
    Bytes out(LXD_MAX_IMAGE);
    const std::size_t n = ZSTD_decompress(out.data(), out.size(), in.data(), in.size());
    if (ZSTD_isError(n) && ZSTD_getErrorCode(n) == ZSTD_error_dstSize_tooSmall)
        too_large(path);
    if (ZSTD_isError(n))
        unsound(path, ".zst", ZSTD_getErrorName(n));
    out.resize(n);
    return out;
}

Bytes ungz(Bytes in, const fs::path &path)
{
    Bytes out(LXD_MAX_IMAGE);
    z_stream z{};
    z.next_in = in.data();
    z.avail_in = static_cast<uInt>(in.size());
    z.next_out = out.data();
    z.avail_out = static_cast<uInt>(out.size());
    if (inflateInit2(&z, 15 + 16) != Z_OK) // 16: a gzip header
        throw Error("zlib has no memory");
    const int r = inflate(&z, Z_FINISH);
    const std::string why = z.msg ? z.msg : "it ends too early";
    inflateEnd(&z);
    if (r != Z_STREAM_END && !z.avail_out)
        too_large(path);
    if (r != Z_STREAM_END)
        unsound(path, ".gz", why);
    out.resize(out.size() - z.avail_out);
    return out;
}

bool begins(const Bytes &bytes, std::initializer_list<std::uint8_t> with)
{
    return bytes.size() >= with.size() && std::equal(with.begin(), with.end(), bytes.begin());
}

} // namespace

std::vector<std::uint8_t> read_module(const fs::path &path)
{
    Bytes bytes = read_file(path);
    if (begins(bytes, {0xfd, '7', 'z', 'X', 'Z', 0}))
        return unxz(bytes, path);
    if (begins(bytes, {0x28, 0xb5, 0x2f, 0xfd}))
        return unzst(bytes, path);
    if (begins(bytes, {0x1f, 0x8b}))
        return ungz(std::move(bytes), path);
    return bytes;
}

std::string module_name(const fs::path &path)
{
    std::string name = path.filename().string();
    name = name.substr(0, name.find(".ko"));
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

} // namespace lxdctl
