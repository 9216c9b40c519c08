// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The layout, defaults and constants of a message as rustc sees them.

use std::any::type_name;
use std::borrow::Cow;

use rosidl_runtime_rs::{Message, RmwMessage};
use serde::Serialize;
use serde_json::{json, Value};

/// What is known about one message so far.
pub struct Inspection {
    name: &'static str,
    description: Value,
    fields: Vec<Value>,
    constants: serde_json::Map<String, Value>,
}

impl Inspection {
    /// Looks at the two types of a message, `R` in C layout and `I` idiomatic.
    ///
    /// The default value of `I` is converted to `R` and back, by value and by reference, which must
    /// leave it unchanged.
    pub fn of<R, I>(name: &'static str) -> Self
    where
        R: RmwMessage + PartialEq,
        I: Message<RmwMsg = R> + Serialize + PartialEq,
    {
        let default = I::default();
        let rmw = R::default();
        let by_value = I::into_rmw_message(Cow::Owned(default.clone())).into_owned();
        let by_reference = I::into_rmw_message(Cow::Borrowed(&default)).into_owned();
        let is_consistent = by_value == rmw
            && by_reference == rmw
            && I::from_rmw_message(by_value) == default
            && I::from_rmw_message(by_reference) == default;
        let default = serde_json::to_value(&default).expect("it can be serialized");
        Self {
            name,
            description: json!({
                "type_name": R::TYPE_NAME,
                "has_type_support": !R::get_type_support().is_null(),
                "size": size_of::<R>(),
                "default": default,
                "is_consistent": is_consistent,
            }),
            fields: Vec::new(),
            constants: serde_json::Map::new(),
        }
    }

    /// Looks at a field, which `rmw` and `idiomatic` return from the two types.
    pub fn field<R, I, A, B>(
        &mut self,
        name: &str,
        offset: usize,
        _rmw: fn(&R) -> &A,
        _idiomatic: fn(&I) -> &B,
    ) {
        self.fields.push(json!({
            "name": name,
            "offset": offset,
            "rmw": type_name::<A>(),
            "idiomatic": type_name::<B>(),
        }));
    }

    /// Looks at a constant, which is the same in both types.
    pub fn constant<C: Serialize + PartialEq>(&mut self, name: &str, rmw: &C, idiomatic: &C) {
        assert!(rmw == idiomatic, "{} of {} has two values", name, self.name);
        let value = serde_json::to_value(rmw).expect("it can be serialized");
        let entry = json!({ "value": value, "type": type_name::<C>() });
        self.constants.insert(name.to_owned(), entry);
    }

    /// Prints everything as one line of JSON.
    pub fn print(mut self) {
        self.description["name"] = self.name.into();
        self.description["fields"] = self.fields.into();
        self.description["constants"] = self.constants.into();
        println!("{}", self.description);
    }
}
