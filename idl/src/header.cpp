// SPDX-License-Identifier: GPL-2.0-only
#include "header.hpp"

#include <clang-c/Index.h>
#include <dlfcn.h>
#include <filesystem>
#include <fmt/format.h>
#include <memory>

namespace lxd::idl {

namespace fs = std::filesystem;

namespace {

/// The functions of libclang that are used here. Linked, it would cost each start 30 ms.
class library {
public:
	explicit library(std::string &error)
	{
		for (const char *name : {"libclang-14.so.1", "libclang-14.so", "libclang.so.1"})
			if (!handle_)
				handle_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
		if (!handle_) {
			error = "needs libclang (package libclang1-14) to read a header";
			return;
		}
		good_ = true;
#define LOAD(name) load(name, "clang_" #name, error)
		LOAD(createIndex), LOAD(disposeIndex), LOAD(parseTranslationUnit), LOAD(disposeTranslationUnit);
		LOAD(getNumDiagnostics), LOAD(getDiagnostic), LOAD(getDiagnosticSeverity), LOAD(formatDiagnostic);
		LOAD(disposeDiagnostic), LOAD(defaultDiagnosticDisplayOptions), LOAD(getTranslationUnitCursor), LOAD(visitChildren);
		LOAD(getCursorKind), LOAD(getCursorType), LOAD(getCursorSpelling), LOAD(getCursorLocation), LOAD(getFileLocation);
		LOAD(getFileName), LOAD(isCursorDefinition), LOAD(getCanonicalType), LOAD(getTypeSpelling), LOAD(getResultType);
		LOAD(getNumArgTypes), LOAD(getArgType), LOAD(isFunctionTypeVariadic), LOAD(getPointeeType), LOAD(getCString);
		LOAD(disposeString);
#undef LOAD
	}
	bool good() const { return good_; }

	std::string text(CXString s) const
	{
		const char *c = getCString(s);
		std::string out = c ? c : "";
		disposeString(s);
		return out;
	}

#define MEMBER(name) decltype(&clang_##name) name = nullptr
	MEMBER(createIndex);
	MEMBER(disposeIndex);
	MEMBER(parseTranslationUnit);
	MEMBER(disposeTranslationUnit);
	MEMBER(getNumDiagnostics);
	MEMBER(getDiagnostic);
	MEMBER(getDiagnosticSeverity);
	MEMBER(formatDiagnostic);
	MEMBER(disposeDiagnostic);
	MEMBER(defaultDiagnosticDisplayOptions);
	MEMBER(getTranslationUnitCursor);
	MEMBER(visitChildren);
	MEMBER(getCursorKind);
	MEMBER(getCursorType);
	MEMBER(getCursorSpelling);
	MEMBER(getCursorLocation);
	MEMBER(getFileLocation);
	MEMBER(getFileName);
	MEMBER(isCursorDefinition);
	MEMBER(getCanonicalType);
	MEMBER(getTypeSpelling);
	MEMBER(getResultType);
	MEMBER(getNumArgTypes);
	MEMBER(getArgType);
	MEMBER(isFunctionTypeVariadic);
	MEMBER(getPointeeType);
	MEMBER(getCString);
	MEMBER(disposeString);
#undef MEMBER

private:
	template <typename F> void load(F &f, const char *name, std::string &error)
	{
		f = reinterpret_cast<F>(dlsym(handle_, name));
		if (f)
			return;
		good_ = false;
		error = fmt::format("libclang has no {}", name);
	}

	void *handle_ = nullptr;	///< for the life of the program
	bool good_ = false;
};

class reader {
public:
	reader(const library &l, std::string path) : l_(l), path_(std::move(path)) {}

	header_file out;

	void item(CXCursor c)
	{
		if (!here(c))
			return;
		CXCursorKind kind = l_.getCursorKind(c);
		if (kind == CXCursor_FunctionDecl && !l_.isCursorDefinition(c))
			out.functions.push_back({l_.text(l_.getCursorSpelling(c)), function(l_.getCursorType(c))});
		else if (kind == CXCursor_StructDecl && l_.isCursorDefinition(c))
			structure(c);
	}

private:
	static CXChildVisitResult each_field(CXCursor c, CXCursor, CXClientData data)
	{
		auto *self = static_cast<reader *>(data);
		if (self->l_.getCursorKind(c) == CXCursor_FieldDecl)
			self->field(c);
		return CXChildVisit_Continue;
	}

	bool here(CXCursor c) const
	{
		CXFile file = nullptr;
		l_.getFileLocation(l_.getCursorLocation(c), &file, nullptr, nullptr, nullptr);
		std::error_code ec;
		return file && fs::equivalent(l_.text(l_.getFileName(file)), path_, ec);
	}

	std::string spell(CXType t) const { return l_.text(l_.getTypeSpelling(l_.getCanonicalType(t))); }

	kernel_function function(CXType t) const
	{
		kernel_function f;
		f.result = spell(l_.getResultType(t));
		for (int i = 0; i < l_.getNumArgTypes(t); i++)
			f.params.push_back(spell(l_.getArgType(t, static_cast<unsigned>(i))));
		if (l_.isFunctionTypeVariadic(t))
			f.params.push_back("...");
		return f;
	}

	void structure(CXCursor c)
	{
		out.structs.push_back({l_.text(l_.getCursorSpelling(c)), {}, {}});
		l_.visitChildren(c, each_field, this);
		const header_struct &s = out.structs.back();
		if (s.name.empty() || s.name.find(' ') != std::string::npos || (s.numbers.empty() && s.operations.empty()))
			out.structs.pop_back();
	}

	void field(CXCursor c)
	{
		header_struct &s = out.structs.back();
		CXType t = l_.getCanonicalType(l_.getCursorType(c));
		std::string name = l_.text(l_.getCursorSpelling(c));
		if (t.kind >= CXType_Bool && t.kind <= CXType_LongLong)
			s.numbers.emplace_back(spell(t), name);
		if (t.kind != CXType_Pointer)
			return;
		CXType to = l_.getCanonicalType(l_.getPointeeType(t));
		if (to.kind == CXType_FunctionProto)
			s.operations.push_back({name, function(to)});
	}

	const library &l_;
	std::string path_;
};

CXChildVisitResult each_item(CXCursor c, CXCursor, CXClientData data)
{
	static_cast<reader *>(data)->item(c);
	return CXChildVisit_Continue;
}

/// As Kbuild calls the compiler for a module.
std::vector<std::string> kernel_flags(const std::string &build)
{
	std::error_code ec;
	fs::path made = fs::canonical(build, ec), source = fs::canonical(fs::path(build).parent_path() / "source", ec);
	if (source.empty())
		source = made;
	std::vector<std::string> out = {"-nostdinc", "-D__KERNEL__", "-DMODULE", "-DKBUILD_MODNAME=\"infer\"", "-fms-extensions", "-w"};
	for (const auto &[root, dir] : {std::pair{source, "arch/x86/include"}, {made, "arch/x86/include/generated"}, {source, "include"},
					{made, "include"}, {source, "arch/x86/include/uapi"}, {made, "arch/x86/include/generated/uapi"},
					{source, "include/uapi"}, {made, "include/generated/uapi"}})
		out.push_back("-I" + (root / dir).string());
	for (const char *forced : {"linux/compiler-version.h", "linux/kconfig.h", "linux/compiler_types.h"}) {
		out.push_back("-include");
		out.push_back((source / "include" / forced).string());
	}
	return out;
}

} // namespace

std::optional<header_file> read_header(const std::string &path, const std::string &build, std::string &error)
{
	std::error_code ec;
	std::string real = fs::canonical(path, ec).string();
	if (ec) {
		error = ec.message();
		return {};
	}
	library l(error);
	if (!l.good())
		return {};
	std::vector<std::string> flags = {"-xc", "-std=gnu11"};
	if (!build.empty())
		for (std::string &f : kernel_flags(build))
			flags.push_back(std::move(f));
	std::vector<const char *> args;
	for (const std::string &f : flags)
		args.push_back(f.c_str());
	std::string text = fmt::format("{}#include \"{}\"\n", build.empty() ? "" : "#include <linux/module.h>\n", real);
	CXUnsavedFile main = {"infer.c", text.c_str(), text.size()};
	CXIndex index = l.createIndex(0, 0);
	CXTranslationUnit unit = l.parseTranslationUnit(index, "infer.c", args.data(), static_cast<int>(args.size()), &main, 1,
							CXTranslationUnit_SkipFunctionBodies);
	std::optional<header_file> out;
	error = unit ? "" : "cannot be read as C";
	for (unsigned i = 0; unit && error.empty() && i < l.getNumDiagnostics(unit); i++) {
		CXDiagnostic d = l.getDiagnostic(unit, i);
		if (l.getDiagnosticSeverity(d) >= CXDiagnostic_Error)
			error = l.text(l.formatDiagnostic(d, l.defaultDiagnosticDisplayOptions()));
		l.disposeDiagnostic(d);
	}
	if (error.empty()) {
		reader r(l, real);
		l.visitChildren(l.getTranslationUnitCursor(unit), each_item, &r);
		out = std::move(r.out);
	}
	if (unit)
		l.disposeTranslationUnit(unit);
	l.disposeIndex(index);
	return out;
}

} // namespace lxd::idl
