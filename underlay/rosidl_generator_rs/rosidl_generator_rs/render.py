# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""The Rust source text of one interface definition file."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from rosidl_parser import definition, parser

from . import docstrings, naming
from .errors import GeneratorError, UnsupportedInterfaceError
from .fields import FieldType, Scope, basic_type

# What every action is built on, besides its own messages.
_CANCEL_GOAL = definition.NamespacedType(["action_msgs", "srv"], "CancelGoal")
_GOAL_ID = definition.NamespacedType(["unique_identifier_msgs", "msg"], "UUID")
_TIME = definition.NamespacedType(["builtin_interfaces", "msg"], "Time")

# Names that this generator knows better than rustc's conventions do: type names such as
# `AddTwoInts_Request` are the ones that ROS documents use, and .idl files may name fields and
# constants in any style.
_CAMEL_CASE = re.compile(r"[A-Z][A-Za-z0-9]*")
_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*_?")
_UPPER_CASE = re.compile(r"[A-Z0-9]+(_[A-Z0-9]+)*_?")

# The traits of every message, in both of its forms.
_DERIVE = """\
#[cfg_attr(feature = "serde", derive(::serde::Deserialize, ::serde::Serialize))]
#[derive(Clone, Debug, PartialEq, PartialOrd)]"""


@dataclass
class Rendered:
    """The Rust items of one .idl file, as text, and what they need.

    `module` is the folder of interfaces that they belong to, `name` the interface's name in ROS.
    """

    module: str
    name: str
    idiomatic: str
    rmw: str
    dependencies: set[str]


def render_file(package: str, idl_file: Path, library: str) -> Rendered:
    """Parse an .idl file of `package` and return its Rust items.

    `library` is the name that the C libraries of the package start with, usually the package's.
    Raises `GeneratorError` with the file's name in front.
    """
    noise = io.StringIO()
    try:
        # The parser prints what it raises, too; one line is enough.
        with contextlib.redirect_stderr(noise):
            content = parser.parse_idl_string(idl_file.read_text(encoding="utf-8"))
    except Exception as error:
        # The parser raises whatever lark and its own assertions raise.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise GeneratorError(f"{idl_file}: not a valid interface definition: {reason}") from None
    try:
        return _render_content(package, content, library)
    except UnsupportedInterfaceError as error:
        raise UnsupportedInterfaceError(f"{idl_file}: {error}") from None


def _render_content(package: str, content: definition.IdlContent, library: str) -> Rendered:
    for element in content.elements:
        if isinstance(element, definition.Message):
            name = element.structure.namespaced_type
        elif isinstance(element, (definition.Service, definition.Action)):
            name = element.namespaced_type
        else:
            continue
        renderer = _Renderer(Scope(package, naming.module(name.namespaces[-1], "folder")), library)
        if isinstance(element, definition.Message):
            renderer.message(element)
        elif isinstance(element, definition.Service):
            renderer.service(element)
        else:
            renderer.action(element)
        return renderer.result(name.name)
    raise UnsupportedInterfaceError("the file defines no message, service or action")


class _Renderer:
    """Collects the items of one definition for the two modules they belong in."""

    def __init__(self, scope: Scope, library: str):
        self._scope = scope
        self._library = library
        self._idiomatic: list[str] = []
        self._rmw: list[str] = []
        self._dependencies: set[str] = set()

    def result(self, name: str) -> Rendered:
        return Rendered(
            self._scope.module,
            name,
            "\n\n".join(self._idiomatic),
            "\n\n".join(self._rmw),
            self._dependencies - {self._scope.package},
        )

    # One method for each kind of definition.

    def message(self, message: definition.Message, summary: str | None = None) -> None:
        structure = message.structure
        ros_name = structure.namespaced_type.name
        fields = []
        for member in structure.members:
            try:
                fields.append(_Field(member, self._scope))
            except UnsupportedInterfaceError as error:
                raise UnsupportedInterfaceError(
                    f"field '{member.name}' of {ros_name}: {error}"
                ) from None
        self._dependencies.update(filter(None, (f.type.dependency() for f in fields)))
        try:
            constants = [_constant(constant) for constant in message.constants]
        except UnsupportedInterfaceError as error:
            raise UnsupportedInterfaceError(f"constants of {ros_name}: {error}") from None
        self._rmw.append(self._rmw_message(ros_name, fields, constants))
        self._idiomatic.append(
            self._idiomatic_message(ros_name, fields, constants, structure, summary)
        )

    def service(self, service: definition.Service, summary: str | None = None) -> None:
        ros_name = service.namespaced_type.name
        name = naming.identifier(ros_name)
        what = f"service [`{name}`]"
        self.message(service.request_message, f"The request of the {what}.")
        self.message(service.response_message, f"The response of the {what}.")
        # Service introspection came with Iron; the parser of Humble knows no event message.
        event_message = getattr(service, "event_message", None)
        if event_message is not None:
            self.message(event_message, f"What introspection of the {what} publishes.")
        text = summary or f"The service `{self._scope.package}/{self._scope.module}/{ros_name}`."
        self._idiomatic.append(self._service_type(ros_name, text, inside_rmw=False))
        self._rmw.append(
            self._service_type(
                ros_name,
                f"The service [`{name}`](super::{name}) with messages in C layout.",
                inside_rmw=True,
            )
        )

    def action(self, action: definition.Action) -> None:
        ros_name = action.namespaced_type.name
        what = f"action [`{naming.identifier(ros_name)}`]"
        self.message(action.goal, f"The goal of the {what}.")
        self.message(action.result, f"The result of the {what}.")
        self.message(action.feedback, f"The feedback of the {what}.")
        self.message(
            action.feedback_message, f"The feedback of the {what} with the id of its goal."
        )
        self.service(action.send_goal_service, f"The service that starts a goal of the {what}.")
        self.service(action.get_result_service, f"The service that returns a result of the {what}.")
        self._dependencies |= {type_.namespaces[0] for type_ in (_CANCEL_GOAL, _GOAL_ID, _TIME)}
        self._idiomatic.append(self._action_type(ros_name))

    # The parts of the text.

    def _c_name(self, ros_name: str) -> str:
        """Return the name of a C struct, which the names of its C functions start with."""
        return f"{self._scope.package}__{self._scope.module}__{ros_name}"

    def _type_support(self, kind: str, ros_name: str) -> tuple[str, str]:
        """Return the declaration of a C function, and the method of a trait that calls it."""
        handle = f"rosidl_typesupport_c__get_{kind}_type_support_handle__{self._c_name(ros_name)}"
        declaration = f"""\
#[link(name = "{self._library}__rosidl_typesupport_c")]
unsafe extern "C" {{
    fn {handle}() -> *const ::std::ffi::c_void;
}}
"""
        method = f"""\
    fn get_type_support() -> *const ::std::ffi::c_void {{
        // SAFETY: The function has no preconditions.
        unsafe {{
            {handle}()
        }}
    }}"""
        return declaration, method

    def _rmw_message(self, ros_name: str, fields: list[_Field], constants: list[_Constant]) -> str:
        name = naming.identifier(ros_name)
        c_name = self._c_name(ros_name)
        declaration, get_type_support = self._type_support("message", ros_name)
        members = "".join(_indent(f.declaration(f.rmw), 1) for f in fields)
        return f"""\
{declaration}
#[link(name = "{self._library}__rosidl_generator_c")]
unsafe extern "C" {{
    fn {c_name}__init(message: *mut {name}) -> bool;
    fn {c_name}__Sequence__init(
        sequence: *mut ::rosidl_runtime_rs::Sequence<{name}>,
        size: usize,
    ) -> bool;
    fn {c_name}__Sequence__fini(
        sequence: *mut ::rosidl_runtime_rs::Sequence<{name}>,
    );
    fn {c_name}__Sequence__copy(
        from: *const ::rosidl_runtime_rs::Sequence<{name}>,
        to: *mut ::rosidl_runtime_rs::Sequence<{name}>,
    ) -> bool;
}}

/// The C layout of [`{name}`](super::{name}): C knows it as `{c_name}`.
{_lints(ros_name, fields)}#[repr(C)]
{_DERIVE}
pub struct {name} {{
{members}}}
{_constants_impl(name, constants)}
impl ::std::default::Default for {name} {{
    fn default() -> Self {{
        // SAFETY: Every field is a number, a bool, a C string or sequence (both of which may be all
        // zeros while they are empty), or a struct of such.
        let mut message: Self = unsafe {{ ::std::mem::zeroed() }};
        // SAFETY: The struct has the layout that the function expects, and holds no memory yet.
        let initialized = unsafe {{ {c_name}__init(&mut message) }};
        assert!(initialized, "{c_name}__init() failed");
        message
    }}
}}

impl ::rosidl_runtime_rs::SequenceAlloc for {name} {{
    fn sequence_init(sequence: &mut ::rosidl_runtime_rs::Sequence<Self>, size: usize) -> bool {{
        // SAFETY: The reference is a valid pointer.
        unsafe {{ {c_name}__Sequence__init(sequence, size) }}
    }}

    fn sequence_fini(sequence: &mut ::rosidl_runtime_rs::Sequence<Self>) {{
        // SAFETY: The reference is a valid pointer, and the elements are valid or all zeros.
        unsafe {{ {c_name}__Sequence__fini(sequence) }}
    }}

    fn sequence_copy(
        from: &::rosidl_runtime_rs::Sequence<Self>,
        to: &mut ::rosidl_runtime_rs::Sequence<Self>,
    ) -> bool {{
        // SAFETY: The references are valid pointers to sequences of valid elements.
        unsafe {{ {c_name}__Sequence__copy(from, to) }}
    }}
}}

impl ::rosidl_runtime_rs::Message for {name} {{
    type RmwMsg = Self;

    fn into_rmw_message(message: ::std::borrow::Cow<'_, Self>) -> ::std::borrow::Cow<'_, Self> {{
        message
    }}

    fn from_rmw_message(message: Self) -> Self {{
        message
    }}
}}

impl ::rosidl_runtime_rs::RmwMessage for {name} {{
    const TYPE_NAME: &'static str = "{self._scope.package}/{self._scope.module}/{ros_name}";

{get_type_support}
}}"""

    def _idiomatic_message(
        self,
        ros_name: str,
        fields: list[_Field],
        constants: list[_Constant],
        structure: definition.Structure,
        summary: str | None,
    ) -> str:
        name = naming.identifier(ros_name)
        comment = _comment(structure)
        if summary:
            comment = [summary, "", *comment] if comment else [summary]
        comment = comment or [
            f"The message `{self._scope.package}/{self._scope.module}/{ros_name}`."
        ]
        members = "".join(
            _indent(_doc(f.comment) + f.declaration(f.type.idiomatic()), 1) for f in fields
        )

        def initializers(convert: Callable[[FieldType, str], str]) -> str:
            return "".join(f"{f.name}: {convert(f.type, f'message.{f.name}')},\n" for f in fields)

        owned = initializers(lambda type_, place: type_.to_rmw(place, owned=True))
        borrowed = initializers(lambda type_, place: type_.to_rmw(place, owned=False))
        return f"""\
{_doc(comment)}{_lints(ros_name, fields)}{_DERIVE}
pub struct {name} {{
{members}}}
{_constants_impl(name, constants)}
impl ::std::default::Default for {name} {{
    fn default() -> Self {{
        <Self as ::rosidl_runtime_rs::Message>::from_rmw_message(
            <rmw::{name} as ::std::default::Default>::default(),
        )
    }}
}}

impl ::rosidl_runtime_rs::Message for {name} {{
    type RmwMsg = rmw::{name};

    fn into_rmw_message(
        message: ::std::borrow::Cow<'_, Self>,
    ) -> ::std::borrow::Cow<'_, Self::RmwMsg> {{
        ::std::borrow::Cow::Owned(match message {{
            ::std::borrow::Cow::Owned(message) => rmw::{name} {{
{_indent(owned, 4)}            }},
            ::std::borrow::Cow::Borrowed(message) => rmw::{name} {{
{_indent(borrowed, 4)}            }},
        }})
    }}

    fn from_rmw_message(message: Self::RmwMsg) -> Self {{
        Self {{
{_indent(initializers(FieldType.from_rmw), 3)}        }}
    }}
}}"""

    # Types of services and actions derive nothing, as in the crates of ros2-rust: a program that
    # needs a trait of them would compile with ours alone.

    def _service_type(self, ros_name: str, summary: str, *, inside_rmw: bool) -> str:
        name = naming.identifier(ros_name)
        if inside_rmw:
            declaration, get_type_support = self._type_support("service", ros_name)
            declaration += "\n"
        else:
            declaration = ""
            get_type_support = f"""\
    fn get_type_support() -> *const ::std::ffi::c_void {{
        <rmw::{name} as ::rosidl_runtime_rs::Service>::get_type_support()
    }}"""
        return f"""\
{declaration}/// {summary}
{_lints(ros_name)}pub struct {name};

impl ::rosidl_runtime_rs::Service for {name} {{
    type Request = {ros_name}_Request;
    type Response = {ros_name}_Response;

{get_type_support}
}}"""

    def _action_type(self, ros_name: str) -> str:
        name = naming.identifier(ros_name)
        declaration, get_type_support = self._type_support("action", ros_name)
        cancel_goal, goal_id, time = (
            self._scope.path(type_, rmw=True, inside_rmw=False)
            for type_ in (_CANCEL_GOAL, _GOAL_ID, _TIME)
        )
        return f"""\
{declaration}
/// The action `{self._scope.package}/{self._scope.module}/{ros_name}`.
{_lints(ros_name)}pub struct {name};

impl ::rosidl_runtime_rs::Action for {name} {{
    type Goal = {ros_name}_Goal;
    type Result = {ros_name}_Result;
    type Feedback = {ros_name}_Feedback;
    type FeedbackMessage = {ros_name}_FeedbackMessage;
    type SendGoalService = {ros_name}_SendGoal;
    type CancelGoalService = {cancel_goal};
    type GetResultService = {ros_name}_GetResult;

{get_type_support}

    fn create_goal_request(
        goal_id: &[u8; 16],
        goal: rmw::{ros_name}_Goal,
    ) -> rmw::{ros_name}_SendGoal_Request {{
        rmw::{ros_name}_SendGoal_Request {{
            goal_id: {goal_id} {{ uuid: *goal_id }},
            goal,
        }}
    }}

    fn split_goal_request(
        request: rmw::{ros_name}_SendGoal_Request,
    ) -> ([u8; 16], rmw::{ros_name}_Goal) {{
        (request.goal_id.uuid, request.goal)
    }}

    fn create_goal_response(
        accepted: bool,
        stamp: (i32, u32),
    ) -> rmw::{ros_name}_SendGoal_Response {{
        rmw::{ros_name}_SendGoal_Response {{
            accepted,
            stamp: {time} {{ sec: stamp.0, nanosec: stamp.1 }},
        }}
    }}

    fn get_goal_response_accepted(response: &rmw::{ros_name}_SendGoal_Response) -> bool {{
        response.accepted
    }}

    fn get_goal_response_stamp(response: &rmw::{ros_name}_SendGoal_Response) -> (i32, u32) {{
        (response.stamp.sec, response.stamp.nanosec)
    }}

    fn create_feedback_message(
        goal_id: &[u8; 16],
        feedback: rmw::{ros_name}_Feedback,
    ) -> rmw::{ros_name}_FeedbackMessage {{
        rmw::{ros_name}_FeedbackMessage {{
            goal_id: {goal_id} {{ uuid: *goal_id }},
            feedback,
        }}
    }}

    fn split_feedback_message(
        feedback: rmw::{ros_name}_FeedbackMessage,
    ) -> ([u8; 16], rmw::{ros_name}_Feedback) {{
        (feedback.goal_id.uuid, feedback.feedback)
    }}

    fn create_result_request(goal_id: &[u8; 16]) -> rmw::{ros_name}_GetResult_Request {{
        rmw::{ros_name}_GetResult_Request {{
            goal_id: {goal_id} {{ uuid: *goal_id }},
        }}
    }}

    fn get_result_request_uuid(request: &rmw::{ros_name}_GetResult_Request) -> &[u8; 16] {{
        &request.goal_id.uuid
    }}

    fn create_result_response(
        status: i8,
        result: rmw::{ros_name}_Result,
    ) -> rmw::{ros_name}_GetResult_Response {{
        rmw::{ros_name}_GetResult_Response {{ status, result }}
    }}

    fn split_result_response(
        response: rmw::{ros_name}_GetResult_Response,
    ) -> (i8, rmw::{ros_name}_Result) {{
        (response.status, response.result)
    }}
}}"""


class _Field:
    """A field of a message, with its name and its types in Rust.

    Raises `UnsupportedInterfaceError` if the type cannot be expressed in Rust.
    """

    def __init__(self, member: definition.Member, scope: Scope):
        self.type = FieldType(member.type, scope)
        self.rmw = self.type.rmw()
        self.ros_name = member.name
        self.name = naming.identifier(member.name)
        self.comment = _comment(member)
        if member.name == definition.EMPTY_STRUCTURE_REQUIRED_MEMBER_NAME:
            self.comment = ["C has no empty structs: this byte stands in for the missing fields."]

    def declaration(self, rust_type: str) -> str:
        attribute = self.type.serde_attribute()
        return (f"{attribute}\n" if attribute else "") + f"pub {self.name}: {rust_type},\n"


@dataclass(frozen=True)
class _Constant:
    """A constant of a message, ready to be written."""

    name: str
    type: str
    value: str
    comment: list[str]


def _constant(constant: definition.Constant) -> _Constant:
    try:
        if isinstance(constant.type, definition.AbstractGenericString):
            rust_type, value = "&'static str", naming.string_literal(constant.value)
        else:
            rust_type = basic_type(constant.type)
            is_float = rust_type in ("f32", "f64")
            # In lower case for true and false.
            value = repr(float(constant.value)) if is_float else str(constant.value).lower()
    except UnsupportedInterfaceError as error:
        raise UnsupportedInterfaceError(f"'{constant.name}': {error}") from None
    return _Constant(naming.identifier(constant.name), rust_type, value, _comment(constant))


def _constants_impl(name: str, constants: list[_Constant]) -> str:
    if not constants:
        return ""
    lints = []
    if not all(_UPPER_CASE.fullmatch(c.name) for c in constants):
        lints.append("non_upper_case_globals")
    if any(c.type in ("f32", "f64") for c in constants):
        # The values are the interface's, digit by digit, also where one of them looks like pi.
        lints += ["clippy::approx_constant", "clippy::excessive_precision"]
    attribute = f"#[allow({', '.join(lints)})]\n" if lints else ""
    items = "".join(
        _doc(c.comment) + f"pub const {c.name}: {c.type} = {c.value};\n" for c in constants
    )
    return f"\n{attribute}impl {name} {{\n{_indent(items, 1)}}}\n"


def _lints(ros_name: str, fields: Iterable[_Field] = ()) -> str:
    """Return the attribute that a struct with such names needs to compile without warnings."""
    lints = []
    if not _CAMEL_CASE.fullmatch(ros_name):
        lints.append("non_camel_case_types")
    if not all(_SNAKE_CASE.fullmatch(f.ros_name) for f in fields):
        lints.append("non_snake_case")
    return f"#[allow({', '.join(lints)})]\n" if lints else ""


def _comment(element: definition.Annotatable) -> list[str]:
    """Return the documentation of an element: its comment and its unit (`@unit (value="m")`)."""
    units = element.get_annotation_values("unit")
    unit = units[0]["value"] if units and isinstance(units[0], dict) else None
    return docstrings.from_comments(element.get_comment_lines(), unit)


def _doc(lines: Iterable[str]) -> str:
    return "".join(f"/// {line}".rstrip() + "\n" for line in lines)


def _indent(text: str, levels: int) -> str:
    return "".join("    " * levels + line for line in text.splitlines(keepends=True))
